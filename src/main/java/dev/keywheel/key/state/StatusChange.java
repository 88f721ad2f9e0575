package dev.keywheel.key.state;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an observation changed. {@code from} and {@code to} are equal when only a limit of the other
 * class of models, a reason or a time changed.
 *
 * @param reason a word of {@link KeyReason}: the new limit's or failure's, or what was lifted;
 *     {@code works} when there was nothing left to lift
 * @param until when a check is due, if one is
 */
public record StatusChange(
    UUID keyId, KeyStatus from, KeyStatus to, String reason, @Nullable Instant until) {}
