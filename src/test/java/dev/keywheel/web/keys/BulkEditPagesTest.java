package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.Routes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("full")
final class BulkEditPagesTest {
  private static final String NOW = "2200-01-01T00:00:00Z";
  @RegisterExtension final Chromium chromium = new Chromium();
  private final KeysSite site = new KeysSite(2);
  private static final String UNCOVERED =
      """
      selector => {
        const element = document.querySelector(selector);
        const box = element.getBoundingClientRect();
        const at = x => document.elementFromPoint(x, box.top + box.height / 2);
        return [box.left + 2, box.right - 2].every(x => at(x) !== null && element.parentElement.contains(at(x)));
      }
      """;
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void the_list_shows_the_progress_of_a_change_of_very_many_keys() {
    site.add(5);
    site.stopJobs();
    ada.post("/keys/disablement", "all", "5", "as-of", NOW, "view", "/keys");
    assertThat(ada.get("/keys").text())
        .contains("Started to disable 5 keys; the list shows the progress.")
        .contains("Disabling 5 keys")
        .contains("0 of 5");
  }

  @Test
  void on_another_page_the_message_about_the_change_of_very_many_keys_has_a_link_to_the_list() {
    site.add(5);
    site.stopJobs();
    String[] all = {"all", "5", "as-of", NOW, "view", "/keys"};
    ada.post("/keys/disablement", all);
    assertThat(ada.get("/keys").page().select(".flash a[href=/keys]")).isEmpty();
    ada.post("/keys/disablement", all);
    assertThat(ada.get("/keys/trash").page().select(".flash a[href=/keys]").text())
        .isEqualTo("Open the keys");
  }

  @Test
  void a_message_names_the_change_of_very_many_keys_that_started() {
    site.add(5);
    site.stopJobs();
    String[] all = {"all", "5", "as-of", NOW, "view", "/keys"};
    ada.post("/keys/account", with(all, "account", "team@example.com"));
    assertThat(ada.get("/keys").text()).contains("Started to assign 5 keys to the account;");
    ada.post("/keys/account", with(all, "account", ""));
    assertThat(ada.get("/keys").text()).contains("Started to remove 5 keys from their account;");
    ada.post("/keys/tagging", with(all, "tag", "team"));
    assertThat(ada.get("/keys").text()).contains("Started to tag 5 keys;");
  }

  @Test
  void the_progress_of_a_change_is_shown_while_rows_are_selected() {
    site.add(30);
    site.stopJobs();
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys?size=25");
    page.locator("#select-page").check();
    page.locator("#select-all").check();
    page.locator("#bulk-disable").click();
    assertThat(page.locator("#keys-work")).containsText("Disabling 30 keys 0 of 30");
    var message = page.getByText("Started to disable 30 keys");
    assertThat(message).hasText("Started to disable 30 keys; the list shows the progress.");
    assertThat(page.locator("[data-poll-sign]")).containsText("Paused");
    PageChecks.assertGood(page, "keys-progress");
    var asOf = page.locator("#bulk input[name=as-of]").inputValue();
    var polls = new ArrayList<String>();
    page.onRequest(request -> polls.add(request.url()));
    site.add("later", "sk-or-demo-valid-000900");
    site.database().runTx(tx -> tx.dsl().update(BULK_EDITS).set(BULK_EDITS.DONE, 12).execute());
    Polls.now(page);
    assertThat(page.locator("#keys-work")).containsText("Disabling 30 keys 12 of 30");
    assertThat(polls).isNotEmpty().allMatch(url -> url.endsWith("/keys/progress"));
    assertThat(page.locator("#selected-count")).hasText("All 30 keys selected");
    assertThat(page.locator("#select-all")).isChecked();
    assertThat(page.locator("#select-all")).hasValue("30");
    assertThat(page.locator("#bulk input[name=as-of]")).hasValue(asOf);
    assertThat(page.locator("#bulk input[name=id]:checked")).hasCount(25);
    site.database().runTx(tx -> tx.dsl().deleteFrom(BULK_EDITS).execute());
    Polls.now(page);
    assertThat(page.locator("#keys-edits[data-poll]")).hasCount(0);
    assertThat(message).hasText("Started to disable 30 keys, now finished.");
    assertThat(page.locator("#keys-work")).not().containsText("Disabling");
    assertThat(page.locator("label.bulk-all")).hasText("All 31 matching");
    assertThat(page.locator("#select-all")).hasValue("30");
    assertThat(page.locator("#bulk input[name=id]:checked")).hasCount(25);
  }

  @Test
  void a_pause_does_not_hide_the_progress_of_a_change_at_any_width() {
    site.add(5);
    site.stopJobs();
    ada.post("/keys/disablement", "all", "5", "as-of", NOW, "view", "/keys");
    var until = Instant.now().plusSeconds(3_600);
    site.database()
        .runTx(
            tx -> {
              tx.dsl().execute("update bulk_edits set total = 123456, done = 23456");
              tx.dsl().execute("update pools set active = 123456, rate_limited = 17531");
              site.pool
                  .status()
                  .pausePool(
                      tx,
                      site.id(),
                      new PoolPause(until, "the provider does not answer", PauseCause.OTHER));
            });
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    for (int width : List.of(360, 700, 1010, 1280)) {
      page.setViewportSize(width, 800);
      page.navigate(site.app.url() + "/keys");
      assertThat(page.locator("#pool-noted")).isVisible();
      assertThat(page.locator("[data-poll-sign]")).containsText("Live");
      for (String part : List.of("h2", "progress", ".progress-words")) {
        assertThat(page.evaluate(UNCOVERED, "#keys-edits " + part))
            .as("%s at %d px", part, width)
            .isEqualTo(true);
      }
    }
    PageChecks.assertGood(page, "keys-progress-paused");
  }

  @Test
  void a_poll_after_an_aborted_answer_keeps_the_number_of_selected_keys() {
    site.add(30);
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys?size=25");
    var held = new HeldRequests(page, url -> url.endsWith("/tests"));
    page.getByLabel("Test key0001@example.com").click();
    held.await();
    page.locator("#sort-Latency").click();
    assertThat(page).hasURL(Pattern.compile("sort=latency"));
    page.locator("#select-page").check();
    page.locator("#select-all").check();
    site.add("later", "sk-or-demo-valid-000900");
    held.release();
    assertThat(page.locator("label.bulk-all")).hasText("All 31 matching");
    assertThat(page.locator("#select-all")).isChecked();
    assertThat(page.locator("#select-all")).hasValue("30");
    assertThat(page.locator("#selected-count")).hasText("All 30 keys selected");
  }

  @Test
  void the_list_shows_the_progress_of_an_undo() {
    site.add(5);
    ada.post("/keys/disablement", "all", "5", "as-of", NOW, "view", "/keys");
    var undo = ada.get("/keys").page().select("form[action$=/undo]").attr("action");
    Await.until("all keys to be disabled", this::done);
    site.stopJobs();
    ada.post(undo, "view", "/keys");
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys");
    assertThat(page.locator("#keys-work")).containsText("Preparing an undo");
    assertThat(page.locator("#keys-work")).containsText("0 keys found so far");
    PageChecks.assertGood(page, "keys-progress-undo");
  }

  @Test
  void the_trash_polls_only_while_a_change_is_in_progress() {
    site.add(5);
    var idle = ada.get("/keys/trash").page();
    assertThat(idle.select("#trash[hx-get]")).isEmpty();
    assertThat(idle.select("noscript a")).isEmpty();
    site.stopJobs();
    ada.post("/keys/deletion", "all", "5", "as-of", NOW, "view", "/keys");
    var trash = ada.get("/keys/trash").page();
    assertThat(trash.text()).contains("Deleting 5 keys").contains("0 of 5");
    assertThat(trash.select("noscript a").attr("href")).isEqualTo("/keys/trash");
    var poll = trash.select("#trash").attr("hx-get");
    assertThat(ada.get(poll).page().select("#trash").attr("hx-get")).isEqualTo(poll);
    assertThat(site.app.routes())
        .filteredOn(route -> route.flags().contains(RouteFlag.POLL))
        .extracting(Routes.Route::path)
        .contains(poll);
  }

  @Test
  void a_deletion_of_very_many_keys_is_made_by_a_job_and_undone_with_one_click() {
    site.add(5);
    ada.post("/keys/deletion", "all", "5", "as-of", NOW, "view", "/keys");
    var page = ada.get("/keys");
    assertThat(page.text())
        .contains(
            "Started to delete 5 keys; the list shows the progress. They can be restored for 7 days.");
    Await.until("all keys to be in the trash", () -> trashed() == 5 && done());
    ada.post(page.page().select("form[action$=/undo]").attr("action"), "view", "/keys");
    assertThat(ada.get("/keys").text()).contains("Started to restore the deleted keys;");
    Await.until("all keys to be restored", () -> trashed() == 0 && done());
    assertThat(ada.get("/keys").text()).doesNotContain("Restoring").doesNotContain("Deleting");
  }

  private static String[] with(String[] fields, String name, String value) {
    return Stream.concat(Stream.of(fields), Stream.of(name, value)).toArray(String[]::new);
  }

  private int trashed() {
    return site.database().read(dsl -> dsl.fetchCount(API_KEYS, API_KEYS.DELETED_AT.isNotNull()));
  }

  private boolean done() {
    return site.edits().running(site.app.workspace()).isEmpty();
  }
}
