package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Observations;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What the list of keys shows about a batch of tests and about the last days. */
class BatchComparisonTest {
  @AutoClose private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @Test
  void the_result_of_a_batch_is_compared_with_the_state_before_and_each_part_is_a_filter() {
    markFailed(site.add("back@example.com", "sk-or-demo-valid-000001"));
    site.add("gone@example.com", "sk-or-demo-revoked-000002");
    markFailed(site.add("dead@example.com", "sk-or-demo-revoked-000003"));
    site.add("well@example.com", "sk-or-demo-valid-000004");
    ada.get("/keys");
    String list =
        ada.post("/keys/tests", "all", "4", "as-of", Instant.now().toString(), "view", "/keys")
            .location();
    Await.until("all are tested", () -> ada.get(list).text().contains("4 OpenRouter keys tested"));

    var batch = ada.get(list).page().select(".keys-batch");
    assertThat(batch.select(".outcome").eachText())
        .containsExactly("1 recovered", "1 newly failing", "1 still failing", "1 still active");

    var newly = ada.get(batch.select("a:contains(newly failing)").attr("href"));
    assertThat(newly.page().select("#bulk tbody th a").eachText())
        .containsExactly("gone@example.com");
    assertThat(newly.text()).contains("Newly failing in the test of");
    assertThat(newly.page().select(".keys-batch a[aria-current=true]").text())
        .isEqualTo("1 newly failing");
    var still = ada.get(newly.page().select(".keys-batch a:contains(still failing)").attr("href"));
    assertThat(still.page().select("#bulk tbody th a").eachText())
        .containsExactly("dead@example.com");
    assertThat(site.key("back@example.com").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void a_test_started_from_a_list_filtered_by_a_result_keeps_the_filter() {
    UUID dead = site.add("dead@example.com", "sk-or-demo-revoked-000003");
    String list =
        ada.post("/keys/tests", "all", "1", "as-of", Instant.now().toString(), "view", "/keys")
            .location();
    Await.until("it is tested", () -> ada.get(list).text().contains("1 OpenRouter key tested"));
    var newly = ada.get(list).page().select(".keys-batch a:contains(newly failing)").attr("href");
    String view = ada.get(newly).page().select("#bulk [name=view]").val();

    String next = ada.post("/keys/tests", "id", dead.toString(), "view", view).location();
    assertThat(next).isEqualTo(view);
    assertThat(ada.get(next).page().select("#bulk tbody th a").eachText())
        .containsExactly("dead@example.com");
  }

  @Test
  void a_row_has_the_calls_of_the_last_seven_days() {
    List<UUID> keys = site.add(2);
    LocalDate today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
    addCalls(keys.getFirst(), today, 4);
    addCalls(keys.getFirst(), today.minusDays(2), 3);
    addCalls(keys.get(1), today.minusDays(9), 5);
    var rows = ada.get("/keys").page().select("#bulk tbody tr");
    assertThat(rows.get(0).select(".sparkline title").text())
        .startsWith("Calls on each of the last 7 days in UTC, today last: ")
        .endsWith(isToday(today) ? "0, 0, 0, 0, 3, 0, 4" : "0, 0, 0, 3, 0, 4, 0");
    assertThat(rows.get(1).select(".sparkline")).isEmpty();
  }

  @Test
  void fifty_failed_keys_with_long_names_and_calls_on_each_day_take_less_than_150_kb() {
    var today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
    String padding = "customer-in-a-region-with-a-long-name-".repeat(3);
    for (int i = 0; i < 50; i++) {
      String name = "key-%02d-%s".formatted(i, padding).substring(0, 100);
      UUID key = site.add(name, "sk-or-demo-valid-%06d".formatted(i));
      markFailed(key);
      for (int day = 0; day < 7; day++) {
        addCalls(key, today.minusDays(day), 1_000 + 300 * day);
      }
    }
    var page = ada.get("/keys");
    assertThat(page.page().select("#bulk .sparkline")).hasSize(50);
    assertThat(page.body().getBytes(StandardCharsets.UTF_8).length).isLessThan(150_000);
  }

  /** False if midnight in UTC has passed since the test began. */
  private static boolean isToday(LocalDate day) {
    return day.equals(LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC));
  }

  private void addCalls(UUID key, LocalDate day, int calls) {
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        "insert into usage_key_days values ({0}, {1}, {2}, 'openrouter', 'x', {3},"
                            + " {3}, 0, 0, 0, 0, 0, 0)",
                        val(key), val(day), val(site.app.workspace()), val(calls)));
  }

  private void markFailed(UUID key) {
    Instant now = Instant.now();
    site.database()
        .runTx(
            tx ->
                site.pool
                    .updater()
                    .recordChecks(
                        tx,
                        site.id(),
                        List.of(Observations.checked(key, Observations.refused(now))),
                        now,
                        TestKeys.ACTOR));
  }
}
