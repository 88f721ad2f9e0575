package dev.keywheel.support;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

/** The buttons of a page, by their exact names. */
public final class Buttons {
  private Buttons() {}

  public static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  public static void press(Page page, String name) {
    button(page, name).click();
  }
}
