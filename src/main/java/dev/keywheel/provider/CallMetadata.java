package dev.keywheel.provider;

/**
 * The data that every outcome of a call carries.
 *
 * @param latencyMs milliseconds from before connecting to the end of the answer
 * @param usage {@link Usage#NONE} if the answer reports none; a failed call may cost money
 * @param raw the body of the answer with the key masked; empty without an answer
 */
public record CallMetadata(Evidence evidence, int latencyMs, Usage usage, byte[] raw) {}
