package dev.keywheel.key.state;

import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an observation changed. {@code from} and {@code to} are equal when only a limit of the other
 * class of models, a reason or a time changed.
 *
 * @param reason the reason of the new limit or failure, else of what was lifted; null when neither
 * @param until when a check is due, if one is
 */
public record StatusChange(
    KeyStatus from, KeyStatus to, @Nullable KeyReason reason, @Nullable Instant until) {}
