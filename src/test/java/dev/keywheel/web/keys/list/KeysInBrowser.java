package dev.keywheel.web.keys.list;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.web.keys.KeysSite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests of the list of keys in a real browser with a signed-in administrator. */
abstract class KeysInBrowser {
  @RegisterExtension final Chromium chromium = new Chromium();
  final KeysSite site = new KeysSite();

  @AfterEach
  void close() {
    site.close();
  }

  Page open(Look look, String path) {
    Page page = site.app.open(chromium, look, site.app.admin());
    page.navigate(site.app.url() + path);
    return page;
  }

  static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, named(button)).first().click();
  }

  static Locator row(Page page, String name) {
    return page.getByRole(AriaRole.ROW)
        .filter(new Locator.FilterOptions().setHas(page.getByRole(AriaRole.LINK, named(name))));
  }

  static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }

  static Page.GetByRoleOptions heading(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }

  static Page.GetByLabelOptions exactly() {
    return new Page.GetByLabelOptions().setExact(true);
  }
}
