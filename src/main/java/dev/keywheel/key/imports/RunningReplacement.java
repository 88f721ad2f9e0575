package dev.keywheel.key.imports;

import java.util.UUID;

/**
 * A replacement of secrets that a job makes in parts, one transaction each.
 *
 * @param id the id of the preview
 * @param provider the short name of the pool's provider
 * @param done the number of secrets that the job has processed
 */
public record RunningReplacement(UUID id, String provider, int total, int done) {}
