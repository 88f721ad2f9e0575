package dev.keywheel.support;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.function.BooleanSupplier;

/** The fragments that a page polls. */
public final class Polls {
  private Polls() {}

  /** Polls now instead of after the interval, as if the browser had reconnected to the network. */
  public static void now(Page page) {
    page.evaluate("() => { window.dispatchEvent(new Event('online')); }");
  }

  /** Polls without pauses until the page shows what the test waits for. */
  public static void until(Page page, BooleanSupplier shown) {
    page.waitForCondition(
        () -> {
          now(page);
          return shown.getAsBoolean();
        });
  }

  /** Polls without pauses until this element contains the text. */
  public static void untilText(Locator element, String text) {
    until(element.page(), () -> element.textContent().contains(text));
  }
}
