package dev.keywheel.key.state;

import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The change of a key by an observation. {@code from} and {@code to} are equal when only a limit of
 * the other class of models, a reason or a time changed.
 *
 * @param reason the reason for the new limit or failure, otherwise for the lifted one; null without
 *     either
 * @param until when a check of a limited key is due; otherwise null
 */
public record StatusChange(
    KeyStatus from, KeyStatus to, @Nullable KeyReason reason, @Nullable Instant until) {}
