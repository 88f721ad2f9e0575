package dev.keywheel.people.identity;

import java.time.Instant;
import java.util.UUID;

/**
 * A member of a workspace, as the settings show them.
 *
 * @param disabled may not sign in
 * @param invited has not chosen a password yet
 */
public record Member(
    UUID userId, String email, Role role, Instant joinedAt, boolean disabled, boolean invited) {}
