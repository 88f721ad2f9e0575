package dev.keywheel.web.security;

import dev.keywheel.people.identity.Role;
import io.javalin.security.RouteRole;

/** Who may use a route. Each route names one; a route without one is shut for everybody. */
public enum RequiredRole implements RouteRole {
  /** Without signing in. */
  ANYONE,
  VIEWER,
  OPERATOR,
  ADMIN;

  /** Whether a signed-in person with this role may use the route. */
  public boolean admits(Role role) {
    return switch (this) {
      case ANYONE -> true;
      case VIEWER -> role.covers(Role.VIEWER);
      case OPERATOR -> role.covers(Role.OPERATOR);
      case ADMIN -> role.covers(Role.ADMIN);
    };
  }

  /** The smallest role that may, for a sentence. */
  public String label() {
    return switch (this) {
      case ANYONE -> "Anyone";
      case VIEWER -> "Viewer";
      case OPERATOR -> "Operator";
      case ADMIN -> "Admin";
    };
  }
}
