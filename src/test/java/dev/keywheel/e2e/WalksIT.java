package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.RunningApp;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Use without scripts, without a mouse, without network, and without a session. */
@Tag("full")
class WalksIT {
  private static final String TOPIC = "How to work out a monthly loan payment";
  private static final List<String> PAGES =
      List.of(
          "/",
          "/keys",
          "/keys/new",
          "/articles",
          "/articles/new",
          "/runs",
          "/recovery",
          "/log",
          "/settings");

  /** Holds the answers of the sandbox, so that a test can look at a run in progress. */
  private static final HeldPace pace = new HeldPace();

  @AutoClose
  private static final RunningApp app =
      RunningApp.startWithoutBrowser(SandboxOptions.demo().withPause(pace));

  private static List<Cookie> cookies = List.of();

  @RegisterExtension final Chromium chromium = new Chromium();

  @AfterEach
  void releaseAnswers() {
    pace.release();
  }

  /** Creates the administrator and the keys once, through the pages and without scripts. */
  @BeforeEach
  void signInAndAddKeys() {
    if (cookies.isEmpty()) {
      var first = new Visitor(app, chromium.open(Look.DESKTOP.withoutJavaScript()));
      first.setUp();
      first.addKeys("sandbox", Visitor.keys(8));
      cookies = first.page.context().cookies();
    }
  }

  @Test
  void without_javascript_a_run_is_started_watched_and_read() {
    var visitor = new Visitor(app, chromium.open(Look.PHONE.withoutJavaScript(), cookies));
    pace.hold();
    visitor.generate(TOPIC, "sandbox");
    assertThat(visitor.page.getByLabel("Run state")).hasText(Pattern.compile("Queued|Running"));
    pace.release();
    visitor.awaitRun("Completed");
    assertThat(visitor.page.getByLabel("Execution log")).containsText("(operation 8, cycles back)");
    visitor.follow("Open article");
    assertThat(visitor.page.locator("h1")).isVisible();
  }

  @Test
  void an_article_is_started_using_only_the_keyboard() {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open("/articles/new");
    visitor.page.keyboard().type(TOPIC); // the field has the focus from the start
    for (int stops = 0; !focused(visitor.page).equals("Generate article"); stops++) {
      assertThat(stops).as("tab stops to the button").isLessThan(8);
      visitor.page.keyboard().press("Tab");
      assertThat(
              visitor.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle"))
          .as("visible focus on " + focused(visitor.page))
          .isNotEqualTo("none");
    }
    pace.hold();
    visitor.page.keyboard().press("Enter");
    visitor.page.waitForURL(app.url() + "/runs/*");
    visitor.button("Cancel run").focus();
    visitor.page.keyboard().press("Enter");
    visitor.awaitRun("Cancelled");
    pace.release();
    visitor.button("Retry").focus();
    visitor.page.keyboard().press("Enter");
    visitor.awaitRun("Completed");
    assertThat(visitor.page.locator("main .notice"))
        .hasText("You started a retry. Finished operations are kept.");
  }

  @Test
  void a_run_is_updated_again_after_a_network_outage() {
    chromium.tolerate("ERR_INTERNET_DISCONNECTED|Failed to fetch");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    pace.hold();
    visitor.generate(TOPIC, "sandbox");
    visitor.page.context().setOffline(true);
    assertThat(visitor.page.getByText("No connection to Keywheel").first()).isVisible();
    visitor.page.context().setOffline(false);
    pace.release();
    visitor.awaitRun("Completed");
    assertThat(visitor.page.getByText("No connection to Keywheel").first()).isHidden();
    assertThat(visitor.page.locator("#progress-poll"))
        .not()
        .hasAttribute("hx-get", Pattern.compile(".*"));
  }

  @Test
  void a_session_that_ends_while_a_run_is_watched_is_renewed_in_a_dialog() {
    chromium.tolerate("401");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    pace.hold();
    visitor.generate(TOPIC, "sandbox");
    visitor.page.context().clearCookies();
    var dialog = visitor.page.getByRole(AriaRole.DIALOG);
    assertThat(dialog).isVisible();
    dialog.getByLabel("Password").fill(Visitor.PASSWORD);
    dialog.getByRole(AriaRole.BUTTON).first().click();
    assertThat(dialog).isHidden();
    pace.release();
    visitor.awaitRun("Completed");
  }

  @Test
  void input_is_kept_after_the_session_has_ended_and_the_sign_in_was_closed() {
    chromium.tolerate("401");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open("/keys/new");
    var keys = visitor.page.locator("form[data-unsaved] textarea").first();
    keys.fill("sk-or-v1-typed-before-the-session-ended");
    visitor.page.context().clearCookies();
    visitor.press("Preview");
    var dialog = visitor.page.getByRole(AriaRole.DIALOG);
    assertThat(dialog).isVisible();
    visitor.page.keyboard().press("Escape");
    assertThat(visitor.page.locator("#problem")).containsText("You are signed out");

    var asked = new ArrayList<String>();
    visitor.page.onDialog(
        question -> {
          asked.add(question.type());
          question.dismiss();
        });
    visitor.page.evaluate("() => { setTimeout(() => { location.href = '/log'; }); }");
    visitor.page.waitForCondition(() -> !asked.isEmpty());
    assertThat(keys).hasValue("sk-or-v1-typed-before-the-session-ended");

    visitor.page.locator("#problem").getByText("Sign in").click();
    dialog.getByLabel("Password").fill(Visitor.PASSWORD);
    dialog.getByRole(AriaRole.BUTTON).first().click();
    visitor.press("Preview");
    assertThat(visitor.page.locator("h1")).containsText("Preview");
  }

  @Test
  void a_sign_in_that_succeeds_after_its_dialog_was_closed_removes_the_banner() {
    chromium.tolerate("401");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open("/keys/new");
    visitor.page.locator("form[data-unsaved] textarea").first().fill("sk-or-v1-typed-before");
    visitor.page.context().clearCookies();
    visitor.press("Preview");
    var dialog = visitor.page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").fill(Visitor.PASSWORD);
    var sent = new ArrayList<Route>();
    visitor.page.route("**/login", sent::add);
    dialog.getByRole(AriaRole.BUTTON).first().click();
    visitor.page.waitForCondition(() -> !sent.isEmpty());
    visitor.page.keyboard().press("Escape");
    assertThat(visitor.page.locator("#problem")).containsText("You are signed out");

    sent.getFirst().resume();

    assertThat(visitor.page.locator("#problem")).isEmpty();
    visitor.press("Preview");
    assertThat(visitor.page.locator("h1")).containsText("Preview");
  }

  @Test
  void the_message_about_a_failed_request_disappears_when_one_succeeds() {
    chromium.tolerate("ERR_FAILED|Failed to fetch");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open("/articles");
    visitor.page.route("**/find/**", Route::abort);
    var problem = visitor.page.locator("#problem");
    visitor.page.evaluate(
        "() => htmx.ajax('GET', '/find/none', { target: '#problem', swap: 'none' })");
    assertThat(problem).containsText("Keywheel did not answer");

    visitor.page.evaluate(
        "() => htmx.ajax('GET', '/articles', { target: '#toasts', swap: 'none' })");

    assertThat(problem).isEmpty();
  }

  @Test
  void every_page_is_accessible_and_fits_the_window() {
    var wide = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    var narrow = new Visitor(app, chromium.open(Look.PHONE_DARK, cookies));
    for (int i = 0; i < PAGES.size(); i++) {
      var visitor = i % 2 == 0 ? wide : narrow;
      visitor.open(PAGES.get(i));
      PageChecks.assertGoodPage(visitor.page);
      PageChecks.assertUsableByKeyboard(visitor.page);
    }
  }

  @Test
  void an_invalid_topic_is_shown_again_with_a_message() {
    chromium.tolerate("422");
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open("/articles/new");
    visitor.page.getByLabel("Topic").fill("z".repeat(501));
    visitor.press("Generate article");
    assertThat(visitor.page.getByText("501 characters; up to 500 are allowed")).isVisible();
    assertThat(visitor.page.getByLabel("Topic")).hasValue("z".repeat(501));
  }

  private static String focused(Page page) {
    return String.valueOf(page.evaluate("() => document.activeElement.innerText ?? ''")).strip();
  }
}
