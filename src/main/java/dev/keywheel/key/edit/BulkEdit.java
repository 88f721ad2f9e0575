package dev.keywheel.key.edit;

import java.util.UUID;

/**
 * A change of more keys than one transaction should hold, applied in parts.
 *
 * @param total the number of keys it was confirmed for
 * @param done how many of them are processed, including deleted ones
 */
public record BulkEdit(UUID id, KeyChange change, int total, int done) {}
