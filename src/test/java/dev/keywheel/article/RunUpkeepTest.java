package dev.keywheel.article;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.RunView;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.retention.RetentionTask;
import dev.keywheel.run.RawReplies;
import dev.keywheel.run.RunState;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.List;
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

  private static List<String> headings(UUID article, int section) {
    var body = view(article).body();
    assertTrue(body != null);
    return body.sections().get(section - 1).blocks().stream().map(b -> b.title()).toList();
  }

  @Test
  void a_new_plan_takes_no_text_off_the_page_until_somebody_acts() {
    var article = article().articleId();
    var before = headings(article, 2);
    assertEquals(3, before.size());
    var other = OtherUpstream.PLAN;
    var fresh =
        List.of("Rye against wheat", "Gifts of dough for neighbours", "Pancakes from leftovers");
    for (int i = 0; i < 3; i++) {
      other = other.replace("\"" + before.get(i) + "\"", "\"" + fresh.get(i) + "\"");
    }
    var plan = other;
    upstream.when("Meta & Toc Generator", _ -> Answer.of(plan));
    var run = again(article, PartName.PLAN);
    assertEquals(RunState.COMPLETED, run.state(), run::reason);
    assertEquals(before, headings(article, 2), "the texts stand where they stood");
    var section = part(article, PartName.SECTION_2);
    assertTrue(section.stale());
    assertEquals(3, section.outdated().size(), section.outdated()::toString);
    assertTrue(
        section.outdated().getFirst().contains(before.getFirst()), section.outdated()::toString);
    assertTrue(view(article).gaps().contains("There is no text under \"Rye against wheat\"."));
    assertEquals(List.of(), part(article, PartName.SECTION_1).outdated());

    var one =
        shop.remaking.part(
            article, PartName.SECTION_2, "s2-2", "", shop.pool.admin, shop.pool.ids.next());
    shop.work(one);
    assertEquals(
        List.of(fresh.get(1), before.get(0), before.get(1), before.get(2)), headings(article, 2));

    assertEquals(RunState.COMPLETED, again(article, PartName.SECTION_2).state());
    assertEquals(fresh, headings(article, 2));
    assertEquals(List.of(), part(article, PartName.SECTION_2).outdated());
    assertFalse(part(article, PartName.SECTION_2).stale());
  }

  @Test
  void a_plan_that_comes_back_finds_every_text_in_its_place() {
    var article = article().articleId();
    var before = view(article).body();
    assertTrue(before != null);
    upstream.when(
        "Meta & Toc Generator",
        _ ->
            Answer.of(
                SWAPPED.replaceFirst(
                    "\"faq\": *\\[[^\\]]*\\]",
                    "\"faq\":[\"Is rye better?\",\"Who gave it its name?\",\"Where does it come"
                        + " from?\",\"Which jar is best?\"]")));
    again(article, PartName.PLAN);
    var between = view(article).body();
    assertTrue(between != null && between.faq() != null && before.faq() != null);
    assertEquals(
        before.faq().answers().stream().map(a -> a.question()).toList(),
        between.faq().answers().stream().map(a -> a.question()).toList());
    shop.editing.restore(article, PartName.PLAN, 1, shop.pool.admin);
    var after = view(article).body();
    assertTrue(after != null);
    assertEquals(before.sections(), after.sections());
    assertEquals(before.faq(), after.faq());
    for (var part : view(article).parts()) {
      assertEquals(List.of(), part.outdated());
    }
  }

  @Test
  void a_heading_renamed_by_hand_keeps_its_text_and_only_that_block_is_named() {
    var article = article().articleId();
    var me = shop.pool.admin;
    var was = headings(article, 1);
    var source = shop.versions.source(shop.pool.workspace, article, PartName.PLAN, 1);
    shop.editing.edit(
        article, PartName.PLAN, 1, source.replace(was.get(1), "Something else entirely"), me);
    assertEquals(List.of(was.get(0), "Something else entirely", was.get(2)), headings(article, 1));
    var outdated = part(article, PartName.SECTION_1).outdated();
    assertEquals(1, outdated.size());
    assertTrue(outdated.getFirst().contains(was.get(1)), outdated::toString);
  }

  @Test
  void a_marker_line_lost_by_hand_is_told_of_and_the_same_text_makes_no_version() {
    var article = article().articleId();
    var me = shop.pool.admin;
    var source = shop.versions.source(shop.pool.workspace, article, PartName.SECTION_1, 1);
    assertEquals(
        new ArticleEditor.Edited(false, List.of()),
        shop.editing.edit(
            article, PartName.SECTION_1, 1, source.replace("\n", "\r\n") + "\r\n", me));
    var lost = headings(article, 1).get(1);
    assertEquals(
        new ArticleEditor.Edited(true, List.of("There is no text under \"" + lost + "\" now.")),
        shop.editing.edit(article, PartName.SECTION_1, 1, source.replace("@@s1-2@@\n", ""), me));
    assertEquals(2, part(article, PartName.SECTION_1).version());
    shop.editing.edit(article, PartName.SECTION_1, 2, source, me);
    assertEquals(lost, headings(article, 1).get(1));
  }

  @Test
  void a_kept_text_leaves_the_page_when_a_person_takes_it_out() {
    var article = article().articleId();
    var me = shop.pool.admin;
    upstream.when("Meta & Toc Generator", _ -> Answer.of(SWAPPED));
    again(article, PartName.PLAN);
    assertEquals(
        List.of("Water, flour and warmth", "What lives in the jar"),
        headings(article, 1).stream()
            .filter(h -> h.startsWith("Wa") || h.startsWith("What l"))
            .toList());
    var section = part(article, PartName.SECTION_1);
    var source =
        shop.versions.source(shop.pool.workspace, article, PartName.SECTION_1, section.version());
    assertTrue(source.contains("@@s1-kept-1@@"), source);
    shop.editing.edit(
        article,
        PartName.SECTION_1,
        section.version(),
        source.substring(0, source.indexOf("@@s1-kept-1@@")),
        me);
    assertFalse(headings(article, 1).contains("What lives in the jar"));
    shop.editing.restore(article, PartName.SECTION_1, 1, me);
    assertEquals("Water, flour and warmth", headings(article, 1).getFirst(), "under its heading");
    assertEquals("What lives in the jar", headings(article, 1).getLast());
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
              new PartRepository().hold(tx, article);
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
    var retention =
        new Retention(
            shop.pool.database,
            new SettingsStore(shop.pool.database),
            new Audit(shop.pool.database, shop.pool.vault.auditKeys(), shop.pool.clock),
            shop.pool.clock,
            List.of(
                new RetentionTask(
                    "raw_replies", "raw replies", RetentionSettings::rawDays, RawReplies::remove)));
    var run = article();
    long attempt = run.operations().getFirst().attempts().getFirst().id();
    shop.pool.clock.tick(Duration.ofDays(29));
    retention.run();
    assertFalse(shop.runs.rawReply(shop.pool.workspace, run.id(), attempt).isEmpty());
    shop.pool.clock.tick(Duration.ofDays(2));
    retention.run();
    assertEquals("", shop.runs.rawReply(shop.pool.workspace, run.id(), attempt));
  }
}
