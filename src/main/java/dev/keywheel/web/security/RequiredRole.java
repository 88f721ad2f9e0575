package dev.keywheel.web.security;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import io.javalin.security.RouteRole;

/** The role that a route requires. Requests for a route without a role are refused. */
public enum RequiredRole implements RouteRole {
  /** No sign-in is needed. */
  ANYONE,
  VIEWER,
  OPERATOR,
  ADMIN,
  /** Instance administrators, even without a role in the current workspace. */
  INSTANCE_ADMIN;

  /** Whether a signed-in user with these rights may use the route. */
  public boolean admits(Principal person) {
    return switch (this) {
      case ANYONE -> true;
      case VIEWER -> person.role().covers(Role.VIEWER);
      case OPERATOR -> person.role().covers(Role.OPERATOR);
      case ADMIN -> person.role().covers(Role.ADMIN);
      case INSTANCE_ADMIN -> person.instanceAdmin();
    };
  }

  /** The lowest admitted role, for messages. */
  public String label() {
    return switch (this) {
      case ANYONE -> "Anyone";
      case VIEWER -> "Viewer";
      case OPERATOR -> "Operator";
      case ADMIN -> "Administrator";
      case INSTANCE_ADMIN -> "Instance administrator";
    };
  }
}
