package dev.keywheel.web.security;

import dev.keywheel.people.identity.Role;
import io.javalin.security.RouteRole;

/** The role that a route requires. Routes without one are refused. */
public enum RequiredRole implements RouteRole {
  /** Without signing in. */
  ANYONE,
  VIEWER,
  OPERATOR,
  ADMIN;

  /** Whether a signed-in user with this role may use the route. */
  public boolean admits(Role role) {
    return switch (this) {
      case ANYONE -> true;
      case VIEWER -> role.covers(Role.VIEWER);
      case OPERATOR -> role.covers(Role.OPERATOR);
      case ADMIN -> role.covers(Role.ADMIN);
    };
  }

  /** The least role that is admitted, for messages. */
  public String label() {
    return switch (this) {
      case ANYONE -> "Anyone";
      case VIEWER -> "Viewer";
      case OPERATOR -> "Operator";
      case ADMIN -> "Admin";
    };
  }
}
