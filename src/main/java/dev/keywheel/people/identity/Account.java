package dev.keywheel.people.identity;

import java.util.List;
import java.util.UUID;

/**
 * A user with all memberships, as shown to instance administrators.
 *
 * @param disabled whether the user may not sign in
 * @param secondFactor whether there is an authenticator app or a passkey
 * @param memberships sorted by the name of the workspace; empty if the user is in no workspace
 */
public record Account(
    UUID userId,
    String email,
    boolean instanceAdmin,
    boolean disabled,
    boolean secondFactor,
    List<Membership> memberships) {

  /** Whether there is a workspace to sign in to. */
  public boolean hasWorkspace() {
    return memberships.stream().anyMatch(membership -> !membership.archived());
  }

  /** The role in the workspace with this name. */
  public record Membership(String workspace, Role role, boolean archived) {}
}
