package dev.keywheel.web.security;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Forbidden;
import io.javalin.http.Context;
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

  /** The role that the route of the request requires. */
  public static RequiredRole of(Context ctx) {
    return ctx.routeRoles().stream()
        .filter(RequiredRole.class::isInstance)
        .map(RequiredRole.class::cast)
        .findFirst()
        .orElseThrow(() -> new Forbidden("This address is not public."));
  }

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

  /**
   * @throws Forbidden if a signed-in user with these rights may not use the route
   */
  public void require(Principal person) {
    if (!admits(person)) {
      throw new Forbidden("This needs the role " + label() + "; ask an administrator.");
    }
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
