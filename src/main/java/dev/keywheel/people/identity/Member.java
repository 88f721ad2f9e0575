package dev.keywheel.people.identity;

import java.time.Instant;
import java.util.UUID;

/**
 * A member of a workspace, for the settings.
 *
 * @param disabled may not sign in
 * @param invited has not set a password yet
 * @param shared whether the account has rights beyond this workspace, so that only instance
 *     administrators manage it
 * @param secondFactor whether there is an authenticator app or a passkey
 */
public record Member(
    UUID userId,
    String email,
    Role role,
    Instant joinedAt,
    boolean disabled,
    boolean invited,
    boolean shared,
    boolean secondFactor) {}
