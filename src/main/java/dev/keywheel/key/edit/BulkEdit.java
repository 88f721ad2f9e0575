package dev.keywheel.key.edit;

import java.util.UUID;

/**
 * A change of more keys than one transaction should hold, applied in parts.
 *
 * @param undo whether it takes an earlier change or a deletion back
 * @param counted whether all keys are counted; {@code total} grows until then
 * @param total the number of keys it was confirmed for, or of the change that is taken back
 * @param done how many of them are processed, including those that were deleted or changed since
 */
public record BulkEdit(
    UUID id, KeyChange change, boolean undo, boolean counted, int total, int done) {}
