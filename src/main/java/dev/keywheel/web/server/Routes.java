package dev.keywheel.web.server;

import dev.keywheel.web.page.PageZone;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.router.JavalinDefaultRoutingApi;
import io.javalin.security.RouteRole;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The list of routes. Only GET and POST, since plain HTML forms send no other methods. A GET
 * changes nothing; a change is a POST to a resource of its own ({@code POST
 * /keys/{id}/disablement}).
 */
public final class Routes {

  /** A route, for tests and for {@link #formPage}. */
  public record Route(String method, String path, RequiredRole access, Set<RouteFlag> flags) {
    /** Whether a browser that opens this path gets this page. */
    private boolean opens(String opened) {
      return method.equals("GET")
          && !flags.contains(RouteFlag.POLL)
          && opened.matches(
              path.replace("{id}", "[0-9a-fA-F-]{36}").replaceAll("\\{[a-z]\\w*}", "[^/]+"));
    }
  }

  private final JavalinDefaultRoutingApi server;
  private final Function<Context, ZoneId> zone;
  private final List<Route> all = new ArrayList<>();
  private final Map<String, String> formPages = new HashMap<>();

  /**
   * @param zone returns the time zone of a request
   */
  Routes(JavalinDefaultRoutingApi server, Function<Context, ZoneId> zone) {
    this.server = server;
    this.zone = zone;
  }

  /** A page, a fragment that a user requested, or a download. */
  public void get(String path, RequiredRole requiredRole, Handler handler) {
    get(path, requiredRole, Set.of(), handler);
  }

  /** Like {@link #get(String, RequiredRole, Handler)}, with flags. */
  public void get(String path, RequiredRole requiredRole, Set<RouteFlag> flags, Handler handler) {
    server.get(path, wrapped(handler), roles(requiredRole, flags));
    // Otherwise HEAD would have no access rules.
    server.head(path, wrapped(handler), roles(requiredRole, flags));
    all.add(new Route("GET", path, requiredRole, flags));
  }

  /** A fragment that the page polls; does not extend the session. */
  public void poll(String path, RequiredRole requiredRole, Handler handler) {
    get(path, requiredRole, Set.of(RouteFlag.POLL), handler);
  }

  /** A change. The request guard checks origin and token before the handler runs. */
  public void post(String path, RequiredRole requiredRole, Handler handler) {
    post(path, requiredRole, Set.of(), handler);
  }

  public void post(String path, RequiredRole requiredRole, Set<RouteFlag> flags, Handler handler) {
    server.post(path, wrapped(handler), roles(requiredRole, flags));
    all.add(new Route("POST", path, requiredRole, flags));
  }

  /** A change that is allowed while the vault is sealed, such as signing in or unsealing it. */
  public void postWhileSealed(String path, RequiredRole requiredRole, Handler handler) {
    post(path, requiredRole, Set.of(RouteFlag.WHILE_SEALED), handler);
  }

  /** A change that needs a confirmation from the last ten minutes. */
  public void postSteppedUp(String path, RequiredRole requiredRole, Handler handler) {
    post(path, requiredRole, Set.of(RouteFlag.STEP_UP), handler);
  }

  /** A change that needs a recent confirmation and is allowed while the vault is sealed. */
  public void postSteppedUpWhileSealed(String path, RequiredRole requiredRole, Handler handler) {
    post(path, requiredRole, Set.of(RouteFlag.STEP_UP, RouteFlag.WHILE_SEALED), handler);
  }

  private static RouteRole[] roles(RequiredRole requiredRole, Set<RouteFlag> flags) {
    return Stream.concat(Stream.of(requiredRole), flags.stream()).toArray(RouteRole[]::new);
  }

  /** Requests that browsers send without an action of the user, and without a token. */
  void report(String path, Handler handler) {
    server.post(path, handler, RequiredRole.ANYONE, RouteFlag.REPORT);
    all.add(new Route("POST", path, RequiredRole.ANYONE, Set.of(RouteFlag.REPORT)));
  }

  /**
   * Shows times in the zone of the request. Handles errors and failed assertions like exceptions,
   * with an error page.
   */
  private Handler wrapped(Handler handler) {
    return ctx -> {
      try {
        PageZone.in(
            zone.apply(ctx),
            () -> {
              handler.handle(ctx);
              return null;
            });
      } catch (Error e) {
        throw new IllegalStateException("A handler failed", e);
      }
    };
  }

  /**
   * Names the page with the forms that are sent to {@code path} or to paths below it, if it is not
   * the nearest page above these paths.
   */
  public void formsOn(String path, String page) {
    formPages.put(path, page);
  }

  /**
   * The page to show when a browser opens the address of a form with GET, from its history or its
   * address bar: a page with an error has the address of its form. It is the page that {@link
   * #formsOn} names, or else the nearest page above the path, which often has the form. Empty if
   * the path accepts no form or no page is known.
   *
   * @param notFound whether the path was not found, so that possibly no form is sent to it
   */
  Optional<String> formPage(String path, boolean notFound) {
    if (notFound
        && all.stream().noneMatch(one -> one.method.equals("POST") && one.path.equals(path))) {
      return Optional.empty();
    }
    return Stream.iterate(path, above -> !above.isEmpty(), Routes::above)
        .flatMap(above -> page(above).stream())
        .findFirst();
  }

  private Optional<String> page(String path) {
    return all.stream().anyMatch(route -> route.opens(path))
        ? Optional.of(path)
        : Optional.ofNullable(formPages.get(path));
  }

  private static String above(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  List<Route> all() {
    return List.copyOf(all);
  }
}
