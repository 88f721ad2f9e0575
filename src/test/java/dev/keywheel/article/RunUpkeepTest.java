package dev.keywheel.article;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.run.PartName;
import dev.keywheel.article.run.PartRows;
import dev.keywheel.article.run.RunState;
import dev.keywheel.db.Tx;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A part made again by itself, a plan that changes under its texts, bounds of time, old replies.
 */
class RunUpkeepTest {
  /** The last heading of section 1 becomes the first, and one is new. */
  private static final String SWAPPED =
      OtherUpstream.PLAN
          .replace("\"What lives in the jar\"", "\"SWAP\"")
          .replace("\"Water, flour and warmth\"", "\"A jar that nobody washed\"")
          .replace("\"SWAP\"", "\"Water, flour and warmth\"");

  private static OtherUpstream upstream;
  private static ArticleWorkshop shop;

  @BeforeAll
  static void open() {
    upstream = new OtherUpstream();
    shop = ArticleWorkshop.at(upstream);
    shop.keys(9);
  }

  @AfterAll
  static void close() {
    shop.close();
    upstream.close();
  }

  @BeforeEach
  void answerAsUsual() {
    upstream.answerAsUsual();
  }

  private static RunView article() {
    var run = shop.generate(NewArticle.of("Sourdough starter", "openrouter"));
    assertEquals(RunState.COMPLETED, run.state(), run::reason);
    return run;
  }

  private static RunView again(UUID article, PartName part) {
    var run = shop.remaking.part(article, part, null, "", shop.pool.admin, shop.pool.ids.next());
    shop.work(run);
    return shop.runs.run(shop.pool.workspace, run);
  }

  private static ArticleView view(UUID article) {
    return shop.articles.article(shop.pool.workspace, article);
  }

  private static ArticleView.PartView part(UUID article, PartName name) {
    return view(article).parts().stream().filter(p -> p.part() == name).findFirst().orElseThrow();
  }

  @Test
  void a_tool_made_again_takes_the_old_ones_place_only_when_it_passes() {
    var article = article().articleId();
    int before = part(article, PartName.TOOL).version();
    upstream.when(
        "Tool Generator",
        _ ->
            Answer.of(
                "```html\n"
                    + OtherUpstream.TOOL
                        .replace("<h1>", "<iframe></iframe><h1>")
                        .replace("<h2>", "<iframe></iframe><h2>")
                    + "\n```"));
    var worse = again(article, PartName.TOOL);
    assertEquals(RunState.FAILED, worse.state(), worse::reason);
    assertTrue(String.valueOf(worse.reason()).contains("the old one was kept"), worse::reason);
    assertEquals(before, part(article, PartName.TOOL).version());
    assertEquals(
        8,
        worse.operations().stream().filter(o -> o.ordinal() == 2 || o.attempts().isEmpty()).count(),
        "nothing else was called");

    upstream.when(
        "Tool Generator",
        _ -> Answer.of(OtherUpstream.TOOL.replace("Both numbers must", "The two numbers must")));
    var better = again(article, PartName.TOOL);
    assertEquals(RunState.COMPLETED, better.state(), better::reason);
    assertTrue(part(article, PartName.TOOL).version() > before);
    assertTrue(part(article, PartName.GUIDE).stale(), "the guide was written for the other one");
    assertFalse(part(article, PartName.SECTION_1).stale());
  }

  @Test
  void texts_go_with_their_headings_when_the_plan_changes() {
    var article = article().articleId();
    var body = view(article).body();
    assertTrue(body != null);
    var text = body.sections().getFirst().blocks().getLast();
    assertEquals("Water, flour and warmth", text.title());
    upstream.when("Meta & Toc Generator", _ -> Answer.of(SWAPPED));
    var run = again(article, PartName.PLAN);
    assertEquals(RunState.COMPLETED, run.state(), run::reason);
    var after = view(article).body();
    assertTrue(after != null);
    var first = after.sections().getFirst().blocks().getFirst();
    assertEquals("Water, flour and warmth", first.title());
    assertEquals(text.html(), first.html(), "its text went with it");
    assertEquals("s1-1-water-flour-and-warmth", first.anchor());
    assertTrue(part(article, PartName.SECTION_1).stale());
    assertFalse(part(article, PartName.SECTION_2).stale(), "nothing changed there");
  }

  @Test
  void a_text_that_is_saved_while_an_old_plan_comes_back_goes_with_it() throws Exception {
    var article = article().articleId();
    var me = shop.pool.admin;
    upstream.when(
        "Meta & Toc Generator",
        _ ->
            Answer.of(
                OtherUpstream.PLAN
                    .replace("What lives in the jar", "SWAP")
                    .replace("Water, flour and warmth", "What lives in the jar")
                    .replace("SWAP", "Water, flour and warmth")));
    assertEquals(RunState.COMPLETED, again(article, PartName.PLAN).state());
    var restoring =
        shop.pool.database.inTx(
            tx -> {
              new PartRows().hold(tx, article);
              var thread =
                  Thread.ofVirtual()
                      .start(() -> shop.editing.restore(article, PartName.PLAN, 1, me));
              Await.until("it waits for the article", () -> waits(tx));
              // As somebody's edit of the text does who came first.
              tx.dsl()
                  .execute(
                      "update parts set body = replace(body::text, 'flour', 'flour by hand')::jsonb"
                          + " where article_id = {0} and part = 'section_1' and current",
                      DSL.val(article));
              return thread;
            });
    restoring.join();
    assertEquals(3, part(article, PartName.PLAN).version());
    var text =
        shop.versions.source(
            shop.pool.workspace,
            article,
            PartName.SECTION_1,
            part(article, PartName.SECTION_1).version());
    assertTrue(text.contains("flour by hand"), text);
  }

  private static boolean waits(Tx tx) {
    return tx.dsl().fetchCount(DSL.table("pg_locks"), DSL.condition("not granted")) > 0;
  }

  @Test
  void a_run_that_worked_for_a_quarter_of_an_hour_calls_no_more() {
    upstream.when(
        "FAQ Generator",
        a -> {
          shop.pool.clock.tick(Duration.ofMinutes(16));
          return a.time() > 0 ? Answer.of("{}") : OtherUpstream.usual(a);
        });
    var run = shop.generate(NewArticle.of("Sourdough starter", "openrouter"));
    assertEquals(1, run.operations().get(6).attempts().size(), "not asked once more");
    assertTrue(run.gaps().stream().anyMatch(g -> g.contains("15 minutes")), run.gaps()::toString);
    upstream.when("FAQ Generator", OtherUpstream::usual);
    shop.runs.retry(run.id(), shop.pool.admin);
    shop.work(run.id());
    assertEquals(
        RunState.COMPLETED,
        shop.runs.run(shop.pool.workspace, run.id()).state(),
        "a retry has time of its own");
  }

  @Test
  void raw_replies_are_forgotten_after_thirty_days() {
    var run = article();
    long attempt = run.operations().getFirst().attempts().getFirst().id();
    shop.pool.clock.tick(Duration.ofDays(29));
    shop.start.forgetRawReplies();
    assertFalse(shop.runs.rawReply(shop.pool.workspace, run.id(), attempt).isEmpty());
    shop.pool.clock.tick(Duration.ofDays(2));
    shop.start.forgetRawReplies();
    assertEquals("", shop.runs.rawReply(shop.pool.workspace, run.id(), attempt));
  }
}
