package dev.keywheel;

import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The form of a new article, and how it is shown again after a refusal. */
class NewArticleFormTest {
  private static final int MOST_QUEUED = 50;

  private RunningApp app;
  private HttpBrowser ada;

  @BeforeEach
  void open() {
    app = RunningApp.start();
    ada = new HttpBrowser(URI.create(app.url()));
    var token = app.setupLink().getQuery().replace("token=", "");
    ada.post("/setup", "token", token, "email", "ada@example.org", "password", "eight wet ducks");
    ada.get("/"); // shows the welcome, which takes the focus
  }

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void topics_that_the_sandbox_has_an_article_for_fill_the_form() {
    var chips = ada.get("/articles/new").page().select(".pool-note[data-pool=sandbox] .chip");
    assertThat(chips).isNotEmpty();
    var topic = chips.first().text();

    var filled = ada.get(chips.first().attr("href")).page();

    assertThat(filled.select("textarea[name=topic]").text()).isEqualTo(topic);
    assertThat(filled.select("select[name=provider] option[selected]").val()).isEqualTo("sandbox");
    assertThat(filled.select(".pool-note[data-pool=openrouter] .chip")).isEmpty();
  }

  @Test
  void too_few_active_keys_lead_to_the_disabled_ones() {
    ada.post("/keys/samples");
    var rows = ada.get("/keys").page().select("input[name=id]").eachAttr("value");
    assertThat(rows).hasSizeGreaterThan(10);
    assertThat(ada.get("/articles/new").page().select("a[href^=/keys?status=disabled]")).isEmpty();

    var chosen = rows.stream().skip(3).map(id -> Map.entry("id", id)).toList();
    ada.post("/keys/disablement", chosen, ada.token());

    var note = ada.get("/articles/new").page().selectFirst(".pool-note[data-pool=sandbox]");
    assertThat(note.text()).contains("Only 3 active keys, fewer than 5");
    var link = note.selectFirst("a[href^=/keys?status=disabled]");
    assertThat(link.text()).isEqualTo("Show " + chosen.size() + " disabled keys");
    assertThat(ada.get(link.attr("href")).page().select("input[name=id]")).hasSize(chosen.size());
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
    assertThat(refused.text()).contains(MOST_QUEUED + " runs are already queued.");
    assertThat(refused.page().select("textarea[name=topic]").text()).isEqualTo(topic);
    assertThat(refused.page().select("input[name=tone]").val()).isEqualTo("as to a friend");
  }

  /** With copies of the one run that are queued. */
  private void fillQueue() {
    app.database()
        .runTx(
            tx -> {
              var run = tx.dsl().selectFrom(RUNS).fetchSingle();
              for (int i = 0; i < MOST_QUEUED; i++) {
                var copy = run.copy();
                copy.setId(UUID.randomUUID());
                copy.setRequestId(UUID.randomUUID());
                copy.setState("queued");
                copy.touched(RUNS.NUMBER, false);
                copy.insert();
              }
            });
  }
}
