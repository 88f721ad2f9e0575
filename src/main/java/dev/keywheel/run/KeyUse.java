package dev.keywheel.run;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One call of a run with a key. {@code state} is the stored code of an {@link AttemptState}. */
public record KeyUse(
    long id,
    Instant at,
    UUID runId,
    int ordinal,
    String model,
    String state,
    @Nullable Integer httpStatus,
    @Nullable String outcome,
    @Nullable Integer latencyMs,
    int tokens,
    @Nullable BigDecimal cost) {}
