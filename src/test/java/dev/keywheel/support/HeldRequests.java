package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Requests of a page that wait until the test releases them. Until the page is reloaded, htmx has
 * no timeout, because a test on a busy machine can exceed the usual 15 s.
 */
public final class HeldRequests {
  private final Page page;
  private final Predicate<String> urls;
  private final List<Route> held = new ArrayList<>();

  public HeldRequests(Page page, Predicate<String> urls) {
    this.page = page;
    this.urls = urls;
    disableTimeout(page);
    Interception.route(page, urls, held::add);
  }

  /** Disables the timeout of htmx, for a test that delays or sends answers itself. */
  public static void disableTimeout(Page page) {
    page.evaluate("() => { htmx.config.defaultTimeout = 0; }");
  }

  /** Waits until the first request is held. */
  public void await() {
    page.waitForCondition(() -> !held.isEmpty());
  }

  /** Sends the held requests, and holds no further ones. */
  public void release() {
    page.unroute(urls);
    held.forEach(Route::resume);
    held.clear();
  }
}
