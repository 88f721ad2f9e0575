package dev.keywheel.key.imports;

import java.util.UUID;

/**
 * A replacement of more secrets than one transaction should hold, made by a job in parts.
 *
 * @param id of its preview
 * @param provider of the pool
 * @param total the number of secrets it was confirmed for
 * @param done how many of them the job has reached
 */
public record RunningReplacement(UUID id, String provider, int total, int done) {}
