package dev.keywheel;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.support.WebApp;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An open page whose object was removed, or whose user lost access, stops polling immediately and
 * shows the reason.
 */
@Tag("full")
class LostPagesTest {
  private static final String GRACE = "grace@example.org";
  private static final Pattern STOPPED = Pattern.compile("Stopped, updated .*");

  private static int added = 700_000;

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser ada = app.administrator();

  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void the_page_of_a_key_deleted_by_another_user_names_that_user_and_keeps_what_is_typed() {
    var key = addKey();
    var page = open(app.cookies(), key);
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("half typed");
    page.locator("h1").click(); // typing pauses the updates
    assertThat(page.locator(".live-sign")).hasText(Pattern.compile("Live, updated .*"));

    ada.post(key + "/deletion");
    Polls.now(page);

    assertThat(problem(page)).containsText("was already deleted by " + WebApp.EMAIL);
    assertThat(problem(page)).not().containsText("Trying again");
    assertThat(page.locator(".live-sign")).hasText(STOPPED);
    assertThat(page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)))
        .hasValue("half typed");
    assertSendsNothing(page);
    PageChecks.assertGood(page, "key-lost");
    page.evaluate("scrollTo(0, document.body.scrollHeight)");
    assertThat(problem(page)).isInViewport();
  }

  @Test
  void with_large_text_the_wrapped_top_bar_covers_no_message_and_no_message_covers_a_menu() {
    addMember();
    ada.post("/settings/workspaces", "name", "Orchard");
    var key = addKey();
    var page = open(app.cookies(), key);
    page.setViewportSize(700, 700);
    page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }");
    ada.post(key + "/deletion");
    Polls.now(page);
    assertThat(problem(page)).isVisible();
    page.evaluate("scrollTo(0, document.body.scrollHeight)");
    assertUncovered(problem(page));

    page.locator(".switcher > summary").click();

    assertUncovered(page.locator(".switcher .menu-list"));
  }

  private static void assertUncovered(Locator part) {
    assertThat(
            part.evaluate(
                """
                part => {
                  const box = part.getBoundingClientRect();
                  const rows = [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3];
                  return rows.every(y => part.contains(document.elementFromPoint((box.left + box.right) / 2, y)));
                }
                """))
        .isEqualTo(true);
  }

  @Test
  void the_open_page_of_a_removed_run_shows_the_reason_and_stops_polling() {
    var run = ada.post("/articles", "topic", "Walks", "provider", "openrouter").location();
    var page = open(app.cookies(), run);
    assertThat(page.getByLabel("Run state")).not().hasText("Completed");
    var id = run.substring("/runs/".length());
    app.asOwner("delete from event_streams where id = '" + id + "'");
    app.asOwner("delete from runs where id = '" + id + "'");
    Polls.now(page);
    assertThat(problem(page)).containsText(Pattern.compile("There is no such (run|log)"));
    assertThat(page.locator(".log-live > .scripted")).hasText("Stopped");
    assertSendsNothing(page);
  }

  @Test
  void the_open_page_of_a_removed_request_shows_the_reason_and_stops_polling() {
    ada.post("/gateway/tokens", "name", "of lost pages");
    var id =
        value(
            """
            with alive as (insert into gateway_nodes (id, seen_at)
              values (gen_random_uuid(), now() + interval '1 hour') returning id)
            insert into gateway_requests (id, workspace_id, token_id, token_name, operation,
              model_asked, streamed, state, started_at, client_address, node)
            select uuidv7(), t.workspace_id, t.id, name, 'chat', 'm', false, 'in_flight', now(),
              '192.0.2.1', alive.id from gateway_tokens t, alive returning id
            """);
    var page = open(app.cookies(), "/gateway/requests/" + id);
    app.asOwner("delete from gateway_requests where id = '" + id + "'");
    Polls.now(page);
    assertThat(problem(page)).containsText("There is no such request, or it is no longer kept.");
    assertSendsNothing(page);
  }

  @Test
  void the_open_page_of_a_removed_batch_shows_the_reason_and_stops_polling() {
    var id =
        value(
            """
            insert into recoveries (id, workspace_id, provider, trigger, state, started_at)
            select uuidv7(), id, 'sandbox', 'asked', 'running', now() from workspaces
            where name = 'Main' returning id
            """);
    var page = open(app.cookies(), "/recovery/" + id);
    app.asOwner("delete from recoveries where id = '" + id + "'");
    Polls.now(page);
    assertThat(problem(page)).containsText("There is no such test.");
    assertSendsNothing(page);
  }

  @Test
  void the_requests_of_a_key_disappear_from_its_page_when_the_last_one_is_no_longer_kept() {
    var key = addKey();
    app.asOwner(
        """
        insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name,
          provider, model, state, opened_at, ended_at, node)
        select uuidv7(), uuidv7(), workspace_id, 1, 1, id, name, provider, 'm', 'ok', now(), now(),
          uuidv7() from api_keys where id = '%s'
        """
            .formatted(key.substring("/keys/".length())));
    var page = open(app.cookies(), key);
    var card =
        page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Gateway requests"));
    assertThat(card).isVisible();
    app.asOwner("delete from gateway_attempts");
    Polls.now(page);
    assertThat(card).hasCount(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/keys", "/log", "/gateway/requests"})
  void an_open_page_shows_a_removed_member_the_reason_and_stops_polling(String path) {
    var grace = addMember();
    var page = open(cookies(GRACE), path);
    assertThat(ada.post("/settings/people/" + grace + "/removal").status()).isEqualTo(303);
    Polls.now(page);
    assertThat(problem(page)).containsText("You were removed from the workspace of this page");
    assertSendsNothing(page);
  }

  @Test
  void a_page_stops_with_a_reason_after_a_switch_of_workspace_and_continues_after_the_next() {
    var grace = addMember();
    var other = new HttpBrowser(URI.create(app.url()));
    addKey();
    var page = open(cookies(GRACE), "/keys");
    other.cookie("sid", page.context().cookies().getFirst().value);
    switchTo(other, "Garden");
    Polls.now(page);
    Polls.now(page);
    assertThat(problem(page))
        .containsText("This page shows Main, but you are in Garden. Reload it, or switch back.");
    switchTo(other, "Main");
    Polls.now(page);
    assertThat(problem(page)).isHidden();
    assertThat(page.locator(".live-sign")).hasText(Pattern.compile("Live, updated .*"));
    ada.post("/settings/people/" + grace + "/removal");
  }

  private static void switchTo(HttpBrowser browser, String workspace) {
    var id = value("select id from workspaces where name = '" + workspace + "'");
    assertThat(browser.post("/workspace", "to", id).status()).isEqualTo(303);
  }

  /**
   * Makes {@link #GRACE} a member of the first and of a second workspace; returns the user's id.
   */
  private static String addMember() {
    var invited = ada.post("/settings/people", "email", GRACE, "role", "admin");
    var token = invited.page().select("input[data-select]").val().replaceFirst(".*token=", "");
    if (!value("select count(*) from users where email = '" + GRACE + "'").equals("0")) {
      signedIn(GRACE).post("/invitation/acceptance", "token", token);
      return value("select id from users where email = '" + GRACE + "'");
    }
    var anyone = new HttpBrowser(URI.create(app.url()));
    anyone.post("/invitation", "token", token, "password", WebApp.PASSWORD);
    ada.post("/settings/workspaces", "name", "Garden");
    return value(
        """
        insert into members (workspace_id, user_id, role, joined_at)
        select w.id, u.id, 'viewer', now() from workspaces w, users u
        where w.name = 'Garden' and u.email = '%s' returning user_id
        """
            .formatted(GRACE));
  }

  private static HttpBrowser signedIn(String email) {
    var browser = new HttpBrowser(URI.create(app.url()));
    browser.post("/login", "email", email, "password", WebApp.PASSWORD);
    return browser;
  }

  /** The cookies of a user in the first workspace. */
  private static List<Cookie> cookies(String email) {
    var browser = signedIn(email);
    switchTo(browser, "Main");
    return WebApp.cookies(app.url(), browser.cookie("sid").orElseThrow());
  }

  private Page open(List<Cookie> cookies, String path) {
    chromium.tolerate("40[349]");
    var page = chromium.open(Look.DESKTOP, cookies);
    page.navigate(app.url() + path);
    return page;
  }

  private static Locator problem(Page page) {
    return page.locator("#problem .banner");
  }

  /** Adds a key and returns the address of its page. */
  private static String addKey() {
    app.addKeys("openrouter", List.of("lost sk-or-demo-valid-" + added++));
    return "/keys/" + value("select id from api_keys where deleted_at is null limit 1");
  }

  private static String value(String sql) {
    return app.database().inTx(tx -> String.valueOf(tx.dsl().fetch(sql).getValue(0, 0)));
  }

  /** Asserts that the page sends no request, even when it is made to poll. */
  private static void assertSendsNothing(Page page) {
    var requests = new AtomicInteger();
    page.onRequest(_ -> requests.incrementAndGet());
    Polls.now(page);
    page.evaluate("() => new Promise(done => setTimeout(done, 100))");
    assertThat(requests.get()).isZero();
  }
}
