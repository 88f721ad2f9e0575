package dev.keywheel;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.RunRows;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Filters for runs, and the failed and incomplete runs on the dashboard. */
@Tag("full")
final class UnresolvedRunsTest {
  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser ada = app.administrator();
  private static final UUID workspace =
      app.database()
          .read(
              dsl ->
                  dsl.select(DSL.field("id", UUID.class))
                      .from("workspaces")
                      .fetchSingle()
                      .value1());

  @BeforeEach
  void removeRuns() {
    app.asOwner("truncate articles, runs cascade");
  }

  @Test
  void each_of_130_runs_is_on_exactly_one_page_forwards_and_backwards() {
    app.database()
        .runTx(
            tx -> {
              for (int i = 0; i < 130; i++) {
                var article = insertArticle(tx, "Topic " + i, "draft");
                insertRun(tx, article, i % 13 == 0 ? "failed" : "completed", i);
              }
            });
    var forward = walk("/runs", "next");
    assertThat(new HashSet<>(forward).size()).isEqualTo(130);
    assertThat(forward.size()).isEqualTo(130);
    var last = forward.getLast();
    var end = lastPage("/runs");
    assertThat(ada.get(end).text().contains(last)).isTrue();
    var back = walk(end, "prev");
    assertThat(new HashSet<>(back)).isEqualTo(new HashSet<>(forward));
    assertThat(walk("/runs?state=failed", "next").size()).isEqualTo(10);
    assertThat(ada.get("/runs?state=cancelled").text().contains("Show all runs")).isTrue();
    assertThat(walk("/runs?after=nonsense&state=nonsense", "none").size()).isEqualTo(50);
  }

  @Test
  void failures_gaps_and_stale_parts_are_listed_until_they_are_resolved() {
    var bread = insertArticle("Bread", "draft");
    insertRun(bread, "failed", 60);
    assertThat(dashboard().contains("A run failed in the last 7 days: Bread"))
        .as(dashboard())
        .isTrue();
    var cheese = insertArticle("Cheese", "draft");
    insertRun(cheese, "failed", 120);
    insertRun(insertArticle("Ancient", "draft"), "failed", Duration.ofDays(8).toMinutes());
    assertThat(
            dashboard().contains("2 runs failed in the last 7 days and need attention; the latest"))
        .as(dashboard())
        .isTrue();
    insertRun(bread, "completed", 5);
    assertThat(dashboard().contains("A run failed in the last 7 days: Cheese"))
        .as(dashboard())
        .isTrue();

    var honey = insertArticle("Honey", "draft");
    insertRun(honey, "completed_with_gaps", 30);
    insertRun(insertArticle("Reviewed", "reviewed"), "completed_with_gaps", 30);
    assertThat(dashboard().contains("An article has gaps: Honey")).as(dashboard()).isTrue();
    var gaps = ada.get("/articles?state=gaps").page().select(".article-row-title").eachText();
    assertThat(gaps).containsExactly("Honey");
    setState(honey, "reviewed");
    assertThat(!dashboard().contains("gaps")).as(dashboard()).isTrue();

    for (int i = 0; i < 6; i++) {
      insertRun(insertArticle("New " + i, "draft"), "completed", 1);
    }
    var old = insertArticle("Salt", "draft");
    insertRun(old, "completed", 9_000);
    insertStalePart(old);
    assertThat(dashboard().contains("Parts are out of date: Salt")).as(dashboard()).isTrue();
    assertThat(ada.get("/articles?state=stale").text().contains("Salt")).isTrue();
    assertThat(ada.get("/articles?state=stale").page().select(".article-row").size()).isEqualTo(1);
  }

  @Test
  void a_run_with_an_interrupted_call_to_a_switched_off_provider_has_a_page() {
    var run = ada.post("/articles", "topic", "Walks", "provider", "openrouter").location();
    app.asOwner(
        """
        update runs set provider = 'retired', state = 'failed', ended_at = now(), fence = fence + 1;
        insert into attempts (run_id, ordinal, no, cause, key_id, key_name, model, state,
            request_hash, sent_at)
          select id, 1, 1, 'first', uuidv7(), 'key1', 'a/model', 'unknown', '', now() from runs
        """);

    assertThat(ada.get(run).text()).contains("The provider may have completed it");
  }

  private String dashboard() {
    return String.join(" ", ada.get("/").page().select(".notice").eachText());
  }

  private List<String> walk(String from, String rel) {
    var runs = new ArrayList<String>();
    for (String path = from; path != null; ) {
      var page = ada.get(path).page();
      page.select("td[data-label=Run]").forEach(cell -> runs.add(cell.text()));
      var link = page.selectFirst("a[rel=" + rel + "]");
      path = link == null ? null : link.attr("href");
    }
    return runs;
  }

  private String lastPage(String from) {
    for (String path = from; ; ) {
      var next = ada.get(path).page().selectFirst("a[rel=next]");
      if (next == null) {
        return path;
      }
      path = next.attr("href");
    }
  }

  private static UUID insertArticle(String topic, String state) {
    return app.database().inTx(tx -> insertArticle(tx, topic, state));
  }

  private static UUID insertArticle(Tx tx, String topic, String state) {
    var id = UUID.randomUUID();
    var now = Instant.now();
    tx.dsl()
        .insertInto(ARTICLES)
        .set(ARTICLES.ID, id)
        .set(ARTICLES.WORKSPACE_ID, workspace)
        .set(ARTICLES.SLUG, "a")
        .set(ARTICLES.TOPIC, topic)
        .set(ARTICLES.STATE, state)
        .set(ARTICLES.CREATED_AT, now)
        .set(ARTICLES.UPDATED_AT, now)
        .execute();
    return id;
  }

  private void setState(UUID article, String state) {
    app.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(ARTICLES)
                    .set(ARTICLES.STATE, state)
                    .where(ARTICLES.ID.eq(article))
                    .execute());
  }

  private static void insertRun(UUID article, String state, long minutesAgo) {
    app.database().runTx(tx -> insertRun(tx, article, state, minutesAgo));
  }

  private static void insertRun(Tx tx, UUID article, String state, long minutesAgo) {
    Instant created = Instant.now().minus(Duration.ofMinutes(minutesAgo));
    RunRows.insert(
        tx,
        new Ids(() -> created, new SecureRandom()).next(),
        new PoolId(workspace, "openrouter"),
        article,
        state,
        created);
  }

  private void insertStalePart(UUID article) {
    app.database()
        .runTx(
            tx ->
                tx.dsl()
                    .insertInto(PARTS)
                    .set(PARTS.ID, UUID.randomUUID())
                    .set(PARTS.ARTICLE_ID, article)
                    .set(PARTS.PART, "guide")
                    .set(PARTS.VERSION, 1)
                    .set(PARTS.CURRENT, true)
                    .set(PARTS.ORIGIN, "run")
                    .set(PARTS.BODY, Json.jsonb(Map.of()))
                    .set(PARTS.STALE, true)
                    .set(PARTS.CREATED_AT, Instant.now())
                    .execute());
  }
}
