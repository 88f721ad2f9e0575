package dev.keywheel.provider.limit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A limit that an answer of the provider reports.
 *
 * @param until when the provider says it ends; null when it does not say
 */
public record ObservedLimit(
    LimitScope reach, LimitClass limitClass, KeyReason reason, @Nullable Instant until) {}
