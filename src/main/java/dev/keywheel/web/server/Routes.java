package dev.keywheel.web.server;

import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import io.javalin.http.Handler;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.util.ArrayList;
import java.util.List;

/**
 * The one list of routes. Only GET and POST: what a plain HTML form can send. A GET changes
 * nothing; a state change is a POST to a resource of its own ({@code POST /keys/{id}/disablement}).
 */
public final class Routes {

  /** A route as tests and the start-up log see it. */
  public record Route(String method, String path, RequiredRole access) {}

  private final JavalinDefaultRoutingApi server;
  private final List<Route> all = new ArrayList<>();

  Routes(JavalinDefaultRoutingApi server) {
    this.server = server;
  }

  /** A page, a fragment that a person asked for, or a download. */
  public void get(String path, RequiredRole requiredRole, Handler handler) {
    server.get(path, whole(handler), requiredRole);
    server.head(path, whole(handler), requiredRole); // has no access of its own else
    all.add(new Route("GET", path, requiredRole));
  }

  /**
   * A fragment that the page asks for by itself, again and again: does not keep a session alive.
   */
  public void poll(String path, RequiredRole requiredRole, Handler handler) {
    server.get(path, whole(handler), requiredRole, RouteFlag.POLL);
    all.add(new Route("GET", path, requiredRole));
  }

  /** A change. The gate has checked where it comes from and its token before the handler runs. */
  public void post(String path, RequiredRole requiredRole, Handler handler) {
    server.post(path, whole(handler), requiredRole);
    all.add(new Route("POST", path, requiredRole));
  }

  /** The few changes that are made while the vault is shut, too: signing in, opening it. */
  public void postWhileShut(String path, RequiredRole requiredRole, Handler handler) {
    server.post(path, whole(handler), requiredRole, RouteFlag.WHILE_SHUT);
    all.add(new Route("POST", path, requiredRole));
  }

  /** What browsers send by themselves, without a token. */
  void report(String path, Handler handler) {
    server.post(path, handler, RequiredRole.ANYONE, RouteFlag.REPORT);
    all.add(new Route("POST", path, RequiredRole.ANYONE));
  }

  /**
   * An error of the machine or a failed assertion takes the same way as an exception: to a page.
   */
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
