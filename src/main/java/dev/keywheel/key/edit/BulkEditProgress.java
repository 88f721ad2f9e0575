package dev.keywheel.key.edit;

import java.util.UUID;

/**
 * A change of many keys that a job applies in parts, one transaction each.
 *
 * @param undo whether this change undoes an earlier change or a deletion
 * @param counted whether {@code total} is final; false while the job counts the keys of an undo
 * @param done the number of processed keys, including those skipped
 */
public record BulkEditProgress(
    UUID id, KeyChange change, boolean undo, boolean counted, int total, int done) {}
