package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Intercepts requests of a page, so that the test answers them. */
public final class Interception {
  private Interception() {}

  /**
   * Like {@link Page#route}, for a page that is already open. With the first route the browser
   * replaces the loader of the page, but only after it has reported to Playwright that it
   * intercepts. A request sent in between reaches the server, and Playwright never reports it.
   * Therefore this method sends its own requests until one is intercepted.
   */
  public static void route(Page page, Predicate<String> urls, Consumer<Route> handler) {
    page.route(urls, handler);
    var style = page.locator("link[rel=stylesheet]").first().getAttribute("href");
    var intercepted = new AtomicBoolean();
    Predicate<String> own = url -> url.endsWith(style);
    page.route(
        own,
        route -> {
          intercepted.set(true);
          route.fulfill(new Route.FulfillOptions().setBody(""));
        });
    page.waitForCondition(
        () -> {
          page.evaluate("url => fetch(url, { cache: 'no-store' }).then(() => null)", style);
          return intercepted.get();
        });
    page.unroute(own);
  }
}
