package dev.keywheel.support;

import com.microsoft.playwright.Page;

/** The fragments that a page polls. */
public final class Polls {
  private Polls() {}

  /** Polls now instead of after the interval, as if the browser had reconnected to the network. */
  public static void now(Page page) {
    page.evaluate("() => { window.dispatchEvent(new Event('online')); }");
  }
}
