package dev.keywheel.provider;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a key from being used.
 *
 * @param reason one of {@code free_daily free_minute rate credits key_cap in_flight budget
 *     low_credit}
 * @param until when the provider says it ends; null when it does not say
 */
public record ObservedLimit(
    LimitScope reach, LimitClass limitClass, String reason, @Nullable Instant until) {}
