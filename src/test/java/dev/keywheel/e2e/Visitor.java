package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitForSelectorState;
import dev.keywheel.RunningApp;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;

/** Actions of a user in a browser, by the names on the pages, and what the page shows. */
final class Visitor {
  static final String EMAIL = WebApp.EMAIL;
  static final String PASSWORD = WebApp.PASSWORD;
  private static final double RUN_MILLIS = 90_000;

  final Page page;
  private final RunningApp app;

  Visitor(RunningApp app, Page page) {
    this.app = app;
    this.page = page;
  }

  /** Creates the administrator with the set-up link and waits for the dashboard. */
  void setUp() {
    page.navigate(app.setupLink().toString());
    page.getByLabel("Email").fill(EMAIL);
    page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(PASSWORD);
    press("Create administrator");
    page.waitForURL(app.url() + "/**");
    assertThat(page.getByRole(AriaRole.NAVIGATION, new Page.GetByRoleOptions().setName("Main")))
        .isVisible();
  }

  void signIn() {
    page.getByLabel("Email").fill(EMAIL);
    page.getByLabel("Password").fill(PASSWORD);
    press("Sign in");
  }

  /** Called before the application stops, so that no page polls a stopped server. */
  void leave() {
    page.context().close();
  }

  /** Opens a page after the form that was sent last, if any, has been answered. */
  void open(String path) {
    page.locator("form[data-sent], [aria-busy=true]")
        .first()
        .waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
    page.navigate(app.url() + path);
  }

  /** Pastes keys and imports them; {@code lines} are as in the text area. */
  void addKeys(String provider, List<String> lines) {
    open("/keys/new");
    page.getByLabel("Provider").selectOption(provider);
    page.getByLabel("Keys", new Page.GetByLabelOptions().setExact(true))
        .fill(String.join("\n", lines));
    press("Preview");
    press("Import " + lines.size() + " keys");
    page.waitForURL(app.url() + "/keys**");
  }

  /** Returns a line such as {@code key3@gmail.com sk-or-demo-valid-03}. */
  static String key(int number, String behaviour) {
    return name(number) + " sk-or-demo-" + behaviour + "-%02d".formatted(number);
  }

  static String name(int number) {
    return "key" + number + "@gmail.com";
  }

  static List<String> keys(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> key(i, "valid")).toList();
  }

  /** Starts an article and opens the page of its run. */
  void generate(String topic, String provider) {
    open("/articles/new");
    page.getByLabel("Topic").fill(topic);
    page.getByLabel("Provider").selectOption(provider);
    press("Generate article");
    page.waitForURL(app.url() + "/runs/*");
  }

  /** Waits on the page of the run until its state is {@code word}. */
  void awaitRun(String word) {
    assertThat(page.getByLabel("Run state"))
        .hasText(word, new LocatorAssertions.HasTextOptions().setTimeout(RUN_MILLIS));
  }

  /** Adds keys of the sandbox and generates an article; returns its path. */
  static String newArticle(RunningApp app) {
    app.addKeys("sandbox", keys(8));
    return app.generate("How to work out a discount in percent");
  }

  Locator operations() {
    return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Operations"))
        .getByRole(AriaRole.LISTITEM);
  }

  /** The names of the keys of the operations, in order. */
  List<String> keysOfOperations() {
    return operations().locator(".key-chip").allInnerTexts();
  }

  List<String> downloadedLog() {
    var download =
        page.waitForDownload(
            () ->
                page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Download log"))
                    .click());
    try {
      return Files.readAllLines(download.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Ticks every claim of the open article, the last one in the browser, and marks it as reviewed.
   */
  void review() {
    app.tickMostClaims(page.url().replaceAll("^" + app.url() + "|#.*", ""));
    page.reload();
    var left = page.locator(".claim-tick[aria-pressed=false]");
    for (int count = left.count(); count > 0; count--) {
      left.first().click();
      assertThat(left).hasCount(count - 1);
    }
    press("Mark as reviewed");
  }

  void press(String button) {
    button(button).click();
  }

  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  void follow(String link) {
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(link).setExact(true))
        .first()
        .click();
  }
}
