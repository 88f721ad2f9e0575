package dev.keywheel.provider.limit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A limit that an answer of the provider reports.
 *
 * @param until end of the limit as reported by the provider; null if not reported
 */
public record ObservedLimit(
    LimitScope reach, LimitClass limitClass, KeyReason reason, @Nullable Instant until) {}
