package dev.keywheel.people.identity;

import java.time.Instant;
import java.util.UUID;

/**
 * An invitation that is not yet accepted.
 *
 * @param workspace the name of the workspace
 * @param email the only address that may accept it
 */
public record Invitation(
    UUID workspaceId, String workspace, String email, Role role, Instant expiresAt) {}
