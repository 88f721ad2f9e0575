package dev.keywheel.key.edit;

import java.util.UUID;

/**
 * A change to more keys than one transaction should hold, while it is made in parts.
 *
 * @param total how many keys it was confirmed for
 * @param done how many of them it has reached, with those that were gone
 */
public record BulkEdit(UUID id, KeyChange change, int total, int done) {}
