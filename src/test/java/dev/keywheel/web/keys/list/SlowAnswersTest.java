package dev.keywheel.web.keys.list;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.Polls;
import dev.keywheel.web.keys.KeysSite;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The list of keys while a test waits for its provider, possibly for seconds. */
@Tag("full")
class SlowAnswersTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final KeysSite site = new KeysSite();

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void a_key_is_disabled_while_its_test_waits() {
    var page = open();
    var held = startTestThatWaits(page);
    var row = page.locator("#bulk tbody tr").first();
    row.locator("summary").click();
    row.getByText("Disable").click();
    assertThat(row.locator(".key-status")).containsText("Disabled");
    held.release();
    assertThat(test(page, "key0001@example.com")).not().hasAttribute("aria-busy", "true");
    assertThat(row.locator(".key-status")).containsText("Disabled");
  }

  @Test
  void the_result_of_a_test_is_shown_while_rows_of_a_newly_sorted_list_are_selected() {
    var page = open();
    var held = startTestThatWaits(page);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("sort=latency"));
    var tick = page.getByLabel("Select key0002@example.com");
    tick.check();
    held.release();
    assertThat(page.locator("#toasts")).containsText("key0001@example.com");
    Polls.now(page);
    assertThat(page.locator("#bulk .key-tested")).containsText("works");
    assertThat(tick).isChecked();
  }

  @Test
  void other_keys_are_tested_and_the_list_is_sorted_while_one_test_waits() {
    var page = open();
    var held = startTestThatWaits(page);
    test(page, "key0002@example.com").click();
    assertThat(page.locator("#toasts")).containsText("key0002@example.com");
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("sort=latency"));
    assertThat(test(page, "key0001@example.com")).hasAttribute("aria-busy", "true");
    held.release();
    assertThat(page.locator("#toasts")).containsText("key0001@example.com");
  }

  @Test
  void the_result_of_a_test_does_not_replace_a_list_that_was_searched_since() {
    var page = open();
    var held = startTestThatWaits(page);
    var rows = page.locator("#bulk tbody tr");
    page.getByLabel("Search keys").fill("0002");
    assertThat(rows).hasCount(1);
    held.release();
    assertThat(page.locator("#toasts")).containsText("key0001@example.com");
    assertThat(rows).hasCount(1);
    assertThat(rows).containsText("key0002@example.com");
  }

  @Test
  void the_confirmation_of_a_deletion_is_shown_over_a_list_that_was_searched_since() {
    var page = open(30, "/keys");
    page.getByLabel("Select all keys on this page").check();
    var held = new HeldRequests(page, url -> url.endsWith("/keys/deletion"));
    page.locator("#bulk-delete").click();
    held.await();
    page.getByLabel("Search keys").fill("0002");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    held.release();
    assertThat(page.getByRole(AriaRole.HEADING, named("Delete 30 keys?"))).isVisible();
  }

  @Test
  void the_next_page_replaces_an_order_that_was_requested_before() {
    var page = open(60, "/keys?size=25");
    var dropped = droppedRows(page);
    var held =
        new HeldRequests(page, url -> url.contains("/keys/rows?") && url.contains("sort=latency"));
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    held.await();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    assertThat(test(page, "key0026@example.com")).isVisible();
    page.waitForCondition(() -> !dropped.isEmpty());
    assertThat(dropped).singleElement().asString().contains("sort=latency");
    assertThat(page).hasURL(Pattern.compile("after="));
  }

  @Test
  void a_search_replaces_an_order_that_was_requested_before() {
    var page = open();
    var dropped = droppedRows(page);
    var held =
        new HeldRequests(page, url -> url.contains("/keys/rows?") && url.contains("sort=latency"));
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    held.await();
    page.getByLabel("Search keys").fill("0002");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    page.waitForCondition(() -> !dropped.isEmpty());
    assertThat(dropped).singleElement().asString().contains("sort=latency");
    assertThat(page).hasURL(Pattern.compile("q=0002"));
  }

  @Test
  void an_order_applies_to_a_search_that_was_requested_before() {
    var page = open();
    var held = new HeldRequests(page, url -> url.contains("by=filter"));
    page.getByLabel("Search keys").fill("0002");
    held.await();
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("/keys\\?q=0002&sort=latency$"));
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    assertThat(page.getByLabel("Search keys")).hasValue("0002");
  }

  @Test
  void an_order_chosen_in_the_menu_applies_to_a_search_that_was_requested_before() {
    var page = open();
    var held =
        new HeldRequests(page, url -> url.contains("by=filter") && !url.contains("sort=-added"));
    page.getByLabel("Search keys").fill("000");
    held.await();
    page.getByLabel("Sort").selectOption("Newest first");
    assertThat(page).hasURL(Pattern.compile("/keys\\?q=000&sort=-added$"));
    assertThat(page.locator("#bulk tbody tr")).hasCount(3);
    held.release();
    page.getByLabel("Sort").selectOption("Name");
    assertThat(page).hasURL(Pattern.compile("/keys\\?q=000$"));
    page.goBack();
    assertThat(page).hasURL(Pattern.compile("sort=-added$"));
    assertThat(page.getByLabel("Sort")).hasValue("-added");
  }

  @Test
  void the_next_page_link_does_nothing_while_the_list_is_being_searched_and_sorted() {
    var page = open(60, "/keys?size=25");
    var held = new HeldRequests(page, url -> url.contains("/keys/rows?"));
    page.getByLabel("Search keys").fill("002");
    held.await();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    page.getByRole(AriaRole.LINK, named("Calls")).click();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    held.release();
    assertThat(page).hasURL(Pattern.compile("/keys\\?q=002&size=25&sort=calls$"));
    assertThat(page.locator("#bulk tbody tr")).hasCount(11);
  }

  @Test
  void the_result_of_a_test_is_polled_again_while_rows_are_selected_when_a_poll_fails() {
    var page = open();
    var held = startTestThatWaits(page);
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("sort=latency"));
    page.getByLabel("Select key0002@example.com").check();
    Predicate<String> polls = url -> url.contains("/keys/table");
    var failed = new LinkedBlockingQueue<String>();
    page.onRequestFailed(request -> failed.add(request.url()));
    page.route(polls, Route::abort);
    held.release();
    page.waitForCondition(() -> !failed.isEmpty());
    page.unroute(polls);
    Polls.now(page);
    assertThat(page.locator("#bulk .key-tested")).containsText("works");
  }

  @Test
  void the_poll_for_the_result_of_a_test_waits_for_an_open_menu_and_for_selected_text() {
    var page = open();
    var held = startTestThatWaits(page);
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("sort=latency"));
    var row = page.locator("#bulk tbody tr").filter(having("key0002@example.com"));
    row.locator("summary").click();
    page.evaluate(
        """
        () => {
          window.polls = 0;
          document.addEventListener('htmx:before:request', event => {
            if (event.target.id === 'keys-live') window.polls++;
          });
        }
        """);
    held.release();
    assertThat(page.locator("#toasts")).containsText("key0001@example.com");
    Polls.now(page);
    row.locator(".key-name a").evaluate("link => getSelection().selectAllChildren(link)");
    page.keyboard().press("Escape");
    Polls.now(page);
    assertThat(page.evaluate("() => window.polls")).isEqualTo(0);
    page.evaluate("() => getSelection().removeAllRanges()");
    Polls.now(page);
    assertThat(page.locator("#bulk .key-tested")).containsText("works");
  }

  @Test
  void a_poll_that_was_sent_before_an_action_does_not_undo_it() {
    var page = open();
    var row = page.locator("#bulk tbody tr").filter(having("key0001@example.com"));
    site.add("other@example.com", "sk-or-demo-hang-04");
    var answer = held(page, url -> url.contains("/keys/table"), () -> Polls.now(page));
    row.locator("summary").click();
    row.getByText("Disable").click();
    assertThat(row.locator(".key-status")).containsText("Disabled");
    row.evaluate(
        """
        row => {
          window.disabled = [];
          document.addEventListener('htmx:finally:request', event => {
            if (event.target.id === 'keys-live') window.disabled.push(row.textContent.includes('Disabled'));
          });
        }
        """);
    answer.run();
    page.waitForCondition(() -> (boolean) page.evaluate("() => window.disabled.length > 0"));
    assertThat(page.evaluate("() => window.disabled[0]")).isEqualTo(true);
  }

  @Test
  void a_start_of_tests_that_is_answered_after_a_later_poll_keeps_its_result_in_the_list() {
    site.add("mute@example.com", "sk-or-demo-hang-04");
    var page = open();
    var answer = testAllWithHeldAnswer(page);
    Polls.now(page);
    assertThat(page.locator(".keys-batch")).isVisible();
    answer.run();
    assertThat(page.locator("#keys-live")).hasAttribute("hx-get", Pattern.compile("batch="));
  }

  @Test
  void a_start_of_tests_does_not_replace_a_search_that_was_requested_after_it() {
    site.add("mute@example.com", "sk-or-demo-hang-04");
    var page = open();
    var answer = testAllWithHeldAnswer(page);
    page.getByLabel("Search keys").fill("0002");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    page.evaluate(
        "() => document.addEventListener('htmx:after:request', e => window.started ||= e.detail.ctx.request.method === 'POST')");

    answer.run();

    page.waitForFunction("() => window.started");
    Polls.now(page);
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
  }

  @Test
  void the_result_of_tests_stays_in_a_list_that_was_sorted_searched_and_changed_since() {
    site.add("mute@example.com", "sk-or-demo-hang-04");
    var page = open();
    page.getByRole(AriaRole.BUTTON, named("Test all")).click();
    assertThat(page).hasURL(Pattern.compile("batch="));
    var batch = page.url().replaceAll(".*batch=", "");
    page.getByRole(AriaRole.LINK, named("Latency")).click();
    assertThat(page).hasURL(Pattern.compile("sort=latency&batch=" + batch));
    site.recovery.cancel(site.app.workspace(), UUID.fromString(batch), "somebody");
    var result = page.locator("#keys-batch-" + batch);
    assertThat(result).containsText("stopped");
    page.getByLabel("Search keys").fill("0002");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    assertThat(result).containsText("stopped");
    page.locator("#bulk tbody tr").first().locator("summary").click();
    page.locator("#bulk tbody tr").first().getByText("Disable").click();
    assertThat(page.locator("#bulk .key-status")).containsText("Disabled");
    assertThat(result).containsText("stopped");
  }

  @Test
  void a_failed_action_is_reported_even_if_its_menu_was_opened_again() {
    var page = open();
    chromium.tolerate("status of 503.*/disablement");
    var row = page.locator("#bulk tbody tr").first();
    var held = new LinkedBlockingQueue<Route>();
    HeldRequests.disableTimeout(page);
    Interception.route(page, url -> url.endsWith("/disablement"), held::add);
    row.locator("summary").click();
    row.getByText("Disable").click();
    page.waitForCondition(() -> !held.isEmpty());
    row.locator("summary").click();
    held.remove()
        .fulfill(
            new Route.FulfillOptions()
                .setStatus(503)
                .setContentType("text/plain")
                .setBody("The database does not answer."));
    assertThat(page.locator("#problem")).containsText("The database does not answer.");
  }

  @Test
  void without_javascript_the_list_of_tested_keys_is_reloaded_on_request_only() {
    site.add("mute@example.com", "sk-or-demo-hang-04");
    site.add("good@example.com", "sk-or-demo-valid-000001");
    var page = site.app.open(chromium, Look.DESKTOP.withoutJavaScript(), site.app.admin());
    page.navigate(site.app.url() + "/keys");
    page.getByRole(AriaRole.BUTTON, named("Test all")).click();
    assertThat(page.locator("#keys-work")).containsText("Testing 2");
    assertThat(page.locator("meta[http-equiv=refresh]")).hasCount(0);
    page.locator("noscript a").click();
    assertThat(page.locator("#keys-work")).containsText("Testing 2");
    var batch = page.url().replaceAll(".*batch=", "");
    site.recovery.cancel(site.app.workspace(), UUID.fromString(batch), "somebody");
    var history = new RecoveryHistory(site.database());
    Await.until("no test runs", () -> history.running(site.app.workspace()).isEmpty());
    page.locator("noscript a").click();
    assertThat(page.locator("#keys-work")).containsText("Test of 2 OpenRouter keys stopped");
    assertThat(page.locator("noscript a")).hasCount(0);
  }

  private Page open() {
    return open(3, "/keys");
  }

  private Page open(int keys, String path) {
    site.add(keys);
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + path);
    return page;
  }

  /** The requests for rows that the page aborted; it may also abort a poll. */
  private static Queue<String> droppedRows(Page page) {
    var dropped = new LinkedBlockingQueue<String>();
    page.onRequestFailed(
        request -> {
          if (request.url().contains("/keys/rows?")) {
            dropped.add(request.url());
          }
        });
    return dropped;
  }

  private static HeldRequests startTestThatWaits(Page page) {
    var test = test(page, "key0001@example.com");
    var id = test.getAttribute("id").substring("test-".length());
    var held = new HeldRequests(page, url -> url.endsWith("/keys/" + id + "/tests"));
    test.click();
    held.await();
    return held;
  }

  private static Locator test(Page page, String name) {
    return page.getByRole(AriaRole.BUTTON, named("Test " + name));
  }

  private static Locator.FilterOptions having(String text) {
    return new Locator.FilterOptions().setHasText(text);
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }

  private static Runnable testAllWithHeldAnswer(Page page) {
    return held(
        page,
        url -> url.endsWith("/keys/tests/all"),
        () -> page.getByRole(AriaRole.BUTTON, named("Test all")).click());
  }

  /** Holds back the answer to the request of the action, and returns what passes it on. */
  private static Runnable held(Page page, Predicate<String> urls, Runnable action) {
    var held = new AtomicReference<@Nullable Runnable>();
    HeldRequests.disableTimeout(page);
    Interception.route(
        page,
        urls,
        route -> {
          var answer = route.fetch();
          held.set(() -> route.fulfill(new Route.FulfillOptions().setResponse(answer)));
        });
    action.run();
    page.waitForCondition(() -> held.get() != null);
    return Objects.requireNonNull(held.get());
  }
}
