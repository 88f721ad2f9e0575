package dev.keywheel.people.identity;

import java.util.UUID;

/**
 * A signed-in user in a workspace.
 *
 * @param email the address in lower case
 * @param role the role in this workspace; read from the database on each request, never cached
 * @param instanceAdmin whether the user manages workspaces and the settings they share
 */
public record Principal(
    UUID userId, String email, UUID workspaceId, Role role, boolean instanceAdmin) {}
