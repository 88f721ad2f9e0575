package dev.keywheel.people.identity;

import java.time.Instant;
import java.util.UUID;

/**
 * A member of a workspace, as shown in the settings.
 *
 * @param disabled whether the user may not sign in
 * @param invited whether the user has not set a password yet
 * @param hasRightsElsewhere whether the account has rights beyond this workspace, so that only
 *     instance administrators manage it
 * @param secondFactor whether there is an authenticator app or a passkey
 */
public record Member(
    UUID userId,
    String email,
    Role role,
    Instant joinedAt,
    boolean disabled,
    boolean invited,
    boolean hasRightsElsewhere,
    boolean secondFactor) {}
