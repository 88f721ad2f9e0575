package dev.keywheel.people.identity;

import java.util.UUID;

/**
 * Somebody who is signed in, in the workspace they work in.
 *
 * @param email lower case
 * @param role as it is in the database at the time of the request, never remembered from sign-in
 */
public record Principal(UUID userId, String email, UUID workspaceId, Role role) {}
