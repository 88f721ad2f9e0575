package dev.keywheel;

import static dev.keywheel.db.schema.Tables.POOLS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The form of a new article, and how it is shown again after a refusal. */
@Tag("full")
class NewArticleFormTest {
  private static final int MAX_QUEUED = 50;

  @AutoClose private final RunningApp app = RunningApp.withAdministrator();
  private final HttpBrowser ada = app.administrator();

  @BeforeEach
  void open() {
    ada.get("/"); // shows the welcome, which takes the focus
  }

  @Test
  void topics_for_which_the_sandbox_has_an_article_fill_the_form() {
    var chips = ada.get("/articles/new").page().select(".pool-note[data-pool=sandbox] .chip");
    assertThat(chips).isNotEmpty();
    var topic = chips.first().text();

    var filled = ada.get(chips.first().attr("href")).page();

    assertThat(filled.select("textarea[name=topic]").text()).isEqualTo(topic);
    assertThat(filled.select("select[name=provider] option[selected]").val()).isEqualTo("sandbox");
    assertThat(filled.select(".pool-note[data-pool=openrouter] .chip")).isEmpty();
  }

  @Test
  void the_note_about_too_few_active_keys_links_to_the_disabled_keys() {
    ada.post("/keys/samples");
    var rows = ada.get("/keys").page().select("input[name=id]").eachAttr("value");
    assertThat(rows).hasSizeGreaterThan(10);
    assertThat(ada.get("/articles/new").page().select("a[href^=/keys?status=disabled]")).isEmpty();

    disable(rows.stream().skip(3));

    assertThat(note().text()).contains("Only 3 active keys, fewer than 5");
    var link = note().expectFirst("a[href^=/keys?status=disabled]");
    int disabled = rows.size() - 3;
    assertThat(link.text()).isEqualTo("Show " + disabled + " disabled keys");
    assertThat(ada.get(link.attr("href")).page().select("input[name=id]")).hasSize(disabled);
  }

  @Test
  void the_note_of_a_paused_pool_also_says_that_too_few_keys_are_active() {
    ada.post("/keys/samples");
    pause();
    assertThat(note().text()).contains("Paused until").doesNotContain("active key");
    assertThat(note().select(".tone-warn")).hasSize(1);

    var rows = ada.get("/keys").page().select("input[name=id]").eachAttr("value");
    disable(rows.stream().skip(3));
    assertThat(note().text())
        .contains("Paused until", "The provider is down. Only 3 active keys, fewer than 5")
        .contains("Show " + (rows.size() - 3) + " disabled keys");

    disable(rows.stream().limit(3));
    assertThat(note().text())
        .contains("Paused until", "All keys in this pool are disabled. A run would wait");
    assertThat(note().select(".tone-bad")).hasSize(1);
  }

  private Element note() {
    return ada.get("/articles/new").page().expectFirst(".pool-note[data-pool=sandbox]");
  }

  private void disable(Stream<String> keys) {
    ada.post("/keys/disablement", keys.map(id -> Map.entry("id", id)).toList(), ada.token());
  }

  private void pause() {
    app.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(POOLS)
                    .set(POOLS.PAUSED_UNTIL, Instant.now().plusSeconds(600))
                    .set(POOLS.PAUSED_REASON, "the provider is down")
                    .where(POOLS.PROVIDER.eq("sandbox"))
                    .execute());
  }

  @Test
  void a_full_queue_answers_429_with_the_form_as_it_was_filled_in() {
    var topic = "How to save for a bicycle";
    ada.post("/articles", "topic", topic, "provider", "openrouter");
    fillQueue();

    var refused =
        ada.post("/articles", "topic", topic, "provider", "openrouter", "tone", "as to a friend");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isNotEmpty();
    assertThat(refused.text()).contains(MAX_QUEUED + " runs are already queued.");
    assertThat(refused.page().select("textarea[name=topic]").text()).isEqualTo(topic);
    assertThat(refused.page().select("input[name=tone]").val()).isEqualTo("as to a friend");
  }

  /** Fills the queue with copies of the only run. */
  private void fillQueue() {
    app.database()
        .runTx(
            tx -> {
              var run = tx.dsl().selectFrom(RUNS).fetchSingle();
              for (int i = 0; i < MAX_QUEUED; i++) {
                run.touched(true);
                run.set(RUNS.ID, UUID.randomUUID());
                run.set(RUNS.REQUEST_ID, UUID.randomUUID());
                run.set(RUNS.STATE, "queued");
                run.touched(RUNS.NUMBER, false);
                tx.dsl().insertInto(RUNS).set(run).execute();
              }
            });
  }
}
