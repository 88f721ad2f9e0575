package dev.keywheel.people.identity;

import java.util.List;
import java.util.UUID;

/**
 * A user with all memberships, for instance administrators.
 *
 * @param disabled may not sign in
 * @param secondFactor whether there is an authenticator app or a passkey
 * @param memberships by the name of the workspace; empty after the last removal
 */
public record Account(
    UUID userId,
    String email,
    boolean instanceAdmin,
    boolean disabled,
    boolean secondFactor,
    List<Membership> memberships) {

  /** Whether there is a workspace to sign in to. */
  public boolean enters() {
    return memberships.stream().anyMatch(membership -> !membership.archived());
  }

  /** The role in one workspace. */
  public record Membership(String workspace, Role role, boolean archived) {}
}
