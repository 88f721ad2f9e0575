package dev.keywheel.web.server;

import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import io.javalin.http.Handler;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.util.ArrayList;
import java.util.List;

/**
 * The list of routes. Only GET and POST, which plain HTML forms can send. A GET changes nothing; a
 * change is a POST to a resource of its own ({@code POST /keys/{id}/disablement}).
 */
public final class Routes {

  /** A route, for tests and the start-up log. */
  public record Route(String method, String path, RequiredRole access) {}

  private final JavalinDefaultRoutingApi server;
  private final List<Route> all = new ArrayList<>();

  Routes(JavalinDefaultRoutingApi server) {
    this.server = server;
  }

  /** A page, a fragment that a user requested, or a download. */
  public void get(String path, RequiredRole requiredRole, Handler handler) {
    server.get(path, whole(handler), requiredRole);
    server.head(path, whole(handler), requiredRole); // otherwise without access rules
    all.add(new Route("GET", path, requiredRole));
  }

  /** A fragment that the page polls; does not extend the session. */
  public void poll(String path, RequiredRole requiredRole, Handler handler) {
    server.get(path, whole(handler), requiredRole, RouteFlag.POLL);
    all.add(new Route("GET", path, requiredRole));
  }

  /** A change. The request guard has checked origin and token before. */
  public void post(String path, RequiredRole requiredRole, Handler handler) {
    server.post(path, whole(handler), requiredRole);
    all.add(new Route("POST", path, requiredRole));
  }

  /** The few changes that are allowed while the vault is sealed: signing in, unsealing it. */
  public void postWhileShut(String path, RequiredRole requiredRole, Handler handler) {
    server.post(path, whole(handler), requiredRole, RouteFlag.WHILE_SHUT);
    all.add(new Route("POST", path, requiredRole));
  }

  /** Requests that browsers send by themselves, without a token. */
  void report(String path, Handler handler) {
    server.post(path, handler, RequiredRole.ANYONE, RouteFlag.REPORT);
    all.add(new Route("POST", path, RequiredRole.ANYONE));
  }

  /** Handles errors and failed assertions like exceptions, with an error page. */
  private static Handler whole(Handler handler) {
    return ctx -> {
      try {
        handler.handle(ctx);
      } catch (Error e) {
        throw new IllegalStateException("A handler broke off", e);
      }
    };
  }

  List<Route> all() {
    return List.copyOf(all);
  }
}
