package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Requests of a page that wait until the test releases them. Until the page is loaded again, htmx
 * waits for answers without a limit: its own is 15 s from the press, which a test on a busy machine
 * can exceed.
 */
public final class HeldRequests {
  private final Page page;
  private final Predicate<String> urls;
  private final List<Route> held = new ArrayList<>();

  public HeldRequests(Page page, Predicate<String> urls) {
    this.page = page;
    this.urls = urls;
    withoutLimit(page);
    Interception.route(page, urls, held::add);
  }

  /** For a test that holds a request or its answer by a route of its own. */
  public static void withoutLimit(Page page) {
    page.evaluate("() => { htmx.config.defaultTimeout = 0; }");
  }

  /** Waits until the first request is held. */
  public void await() {
    page.waitForCondition(() -> !held.isEmpty());
  }

  /** Sends the held requests, and holds no more. */
  public void release() {
    page.unroute(urls);
    held.forEach(Route::resume);
    held.clear();
  }
}
