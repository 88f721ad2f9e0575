package dev.keywheel.article.export;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One provider call of a run, for the report in the ZIP export.
 *
 * @param run number of the run
 * @param key name of the key
 * @param cost US dollars; null if the provider reported none
 * @param latencyMs milliseconds; null without an answer
 */
public record ReportedCall(
    long run,
    String operation,
    int attempt,
    String cause,
    String key,
    String model,
    String state,
    @Nullable String outcome,
    @Nullable Integer promptTokens,
    @Nullable Integer completionTokens,
    @Nullable BigDecimal cost,
    @Nullable Integer latencyMs,
    Instant sentAt) {}
