package dev.keywheel.web;

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
  public record Route(String method, String path, Access access) {}

  private final JavalinDefaultRoutingApi server;
  private final List<Route> all = new ArrayList<>();

  Routes(JavalinDefaultRoutingApi server) {
    this.server = server;
  }

  /** A page, a fragment that a person asked for, or a download. */
  public void get(String path, Access access, Handler handler) {
    server.get(path, whole(handler), access);
    server.head(path, whole(handler), access); // has no access of its own else
    all.add(new Route("GET", path, access));
  }

  /**
   * A fragment that the page asks for by itself, again and again: does not keep a session alive.
   */
  public void poll(String path, Access access, Handler handler) {
    server.get(path, whole(handler), access, Trait.POLL);
    all.add(new Route("GET", path, access));
  }

  /** A change. The gate has checked where it comes from and its token before the handler runs. */
  public void post(String path, Access access, Handler handler) {
    server.post(path, whole(handler), access);
    all.add(new Route("POST", path, access));
  }

  /** The few changes that are made while the vault is shut, too: signing in, opening it. */
  public void postWhileShut(String path, Access access, Handler handler) {
    server.post(path, whole(handler), access, Trait.WHILE_SHUT);
    all.add(new Route("POST", path, access));
  }

  /** What browsers send by themselves, without a token. */
  void report(String path, Handler handler) {
    server.post(path, handler, Access.ANYONE, Trait.REPORT);
    all.add(new Route("POST", path, Access.ANYONE));
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
