package dev.keywheel.provider;

/**
 * What every outcome of a call carries beside its meaning.
 *
 * @param latencyMs from before connecting to the end of the answer
 * @param usage {@link Usage#NONE} where the answer names none; a useless answer may have cost
 * @param raw the answer's body as it came, the key masked out; empty when none came
 */
public record CallMetadata(Evidence evidence, int latencyMs, Usage usage, byte[] raw) {}
