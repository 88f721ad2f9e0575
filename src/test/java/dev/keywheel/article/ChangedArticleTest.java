package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.RunView;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.retention.RetentionTask;
import dev.keywheel.run.RawReplies;
import dev.keywheel.run.RunState;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Regenerated parts, changed plans, deadlines and stored replies. */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChangedArticleTest extends RunsOnOtherUpstream {
  /**
   * Moves the last heading of section 1 to the start, and replaces another one by a new heading.
   */
  private static final String SWAPPED =
      OtherUpstream.PLAN
          .replace("\"What lives in the jar\"", "\"SWAP\"")
          .replace("\"Water, flour and warmth\"", "\"A jar that nobody washed\"")
          .replace("\"SWAP\"", "\"Water, flour and warmth\"");

  ChangedArticleTest() {
    super(9);
  }

  private RunView article() {
    var run = run();
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    return run;
  }

  private RunView regenerate(UUID article, PartName part) {
    var run =
        shop.regeneration.regeneratePart(
            article, part, null, "", "", shop.pool.admin, shop.pool.ids.next());
    shop.work(run);
    return view(run);
  }

  private ArticleView articleView(UUID article) {
    return shop.articles.article(shop.pool.workspace, article);
  }

  private ArticleView.PartView part(UUID article, PartName name) {
    return articleView(article).parts().stream()
        .filter(p -> p.part() == name)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_regenerated_tool_replaces_the_old_one_only_if_it_passes() {
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
    var worse = regenerate(article, PartName.TOOL);
    assertThat(worse.state()).as(worse::reason).isEqualTo(RunState.FAILED);
    assertThat(String.valueOf(worse.reason()).contains("the old one was kept"))
        .as(worse::reason)
        .isTrue();
    assertThat(part(article, PartName.TOOL).version()).isEqualTo(before);
    assertThat(
            worse.operations().stream()
                .filter(o -> o.ordinal() == 2 || o.attempts().isEmpty())
                .count())
        .as("nothing else was called")
        .isEqualTo(8);

    upstream.when(
        "Tool Generator",
        _ -> Answer.of(OtherUpstream.TOOL.replace("Both numbers must", "The two numbers must")));
    var better = regenerate(article, PartName.TOOL);
    assertThat(better.state()).as(better::reason).isEqualTo(RunState.COMPLETED);
    assertThat(part(article, PartName.TOOL).version() > before).isTrue();
    assertThat(part(article, PartName.GUIDE).stale())
        .as("the guide was written for the other one")
        .isTrue();
    assertThat(part(article, PartName.SECTION_1).stale()).isFalse();
  }

  @Test
  void texts_move_with_their_headings_when_the_plan_changes() {
    var article = article().articleId();
    var body = articleView(article).body();
    assertThat(body != null).isTrue();
    var text = body.sections().getFirst().blocks().getLast();
    assertThat(text.title()).isEqualTo("Water, flour and warmth");
    upstream.when("Meta & Toc Generator", _ -> Answer.of(SWAPPED));
    var run = regenerate(article, PartName.PLAN);
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    var after = articleView(article).body();
    assertThat(after != null).isTrue();
    var first = after.sections().getFirst().blocks().getFirst();
    assertThat(first.title()).isEqualTo("Water, flour and warmth");
    assertThat(first.html()).as("its text moved with it").isEqualTo(text.html());
    assertThat(first.anchor()).isEqualTo("s1-1-water-flour-and-warmth");
    assertThat(part(article, PartName.SECTION_1).stale()).isTrue();
    assertThat(part(article, PartName.SECTION_2).stale()).as("nothing changed there").isFalse();
  }

  private List<String> headings(UUID article, int section) {
    var body = articleView(article).body();
    assertThat(body != null).isTrue();
    return body.sections().get(section - 1).blocks().stream().map(b -> b.title()).toList();
  }

  @Test
  void a_new_plan_removes_no_text_from_the_page_until_a_user_acts() {
    var article = article().articleId();
    var before = headings(article, 2);
    assertThat(before.size()).isEqualTo(3);
    var other = OtherUpstream.PLAN;
    var fresh =
        List.of("Rye against wheat", "Gifts of dough for neighbours", "Pancakes from leftovers");
    for (int i = 0; i < 3; i++) {
      other = other.replace("\"" + before.get(i) + "\"", "\"" + fresh.get(i) + "\"");
    }
    var plan = other;
    upstream.when("Meta & Toc Generator", _ -> Answer.of(plan));
    var run = regenerate(article, PartName.PLAN);
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    assertThat(headings(article, 2)).as("the texts have not moved").isEqualTo(before);
    var section = part(article, PartName.SECTION_2);
    assertThat(section.stale()).isTrue();
    assertThat(section.outdated().size()).as(section.outdated()::toString).isEqualTo(3);
    assertThat(section.outdated().getFirst().contains(before.getFirst()))
        .as(section.outdated()::toString)
        .isTrue();
    assertThat(
            articleView(article).gaps().contains("There is no text under \"Rye against wheat\"."))
        .isTrue();
    assertThat(part(article, PartName.SECTION_1).outdated()).isEmpty();

    var one =
        shop.regeneration.regeneratePart(
            article, PartName.SECTION_2, "s2-2", "", "", shop.pool.admin, shop.pool.ids.next());
    shop.work(one);
    assertThat(headings(article, 2))
        .isEqualTo(List.of(fresh.get(1), before.get(0), before.get(1), before.get(2)));

    assertThat(regenerate(article, PartName.SECTION_2).state()).isEqualTo(RunState.COMPLETED);
    assertThat(headings(article, 2)).isEqualTo(fresh);
    assertThat(part(article, PartName.SECTION_2).outdated()).isEmpty();
    assertThat(part(article, PartName.SECTION_2).stale()).isFalse();
  }

  @Test
  void a_restored_plan_has_every_text_in_its_place() {
    var article = article().articleId();
    var before = articleView(article).body();
    assertThat(before != null).isTrue();
    upstream.when(
        "Meta & Toc Generator",
        _ ->
            Answer.of(
                SWAPPED.replaceFirst(
                    "\"faq\": *\\[[^\\]]*\\]",
                    "\"faq\":[\"Is rye better?\",\"Who gave it its name?\",\"Where does it come"
                        + " from?\",\"Which jar is best?\"]")));
    regenerate(article, PartName.PLAN);
    var between = articleView(article).body();
    assertThat(between != null && between.faq() != null && before.faq() != null).isTrue();
    assertThat(between.faq().answers().stream().map(a -> a.question()).toList())
        .isEqualTo(before.faq().answers().stream().map(a -> a.question()).toList());
    shop.editing.restore(article, PartName.PLAN, 1, shop.pool.admin);
    var after = articleView(article).body();
    assertThat(after != null).isTrue();
    assertThat(after.sections()).isEqualTo(before.sections());
    assertThat(after.faq()).isEqualTo(before.faq());
    assertThat(articleView(article).parts())
        .isNotEmpty()
        .allMatch(part -> part.outdated().isEmpty());
  }

  @Test
  void a_heading_renamed_by_a_user_keeps_its_text_and_only_that_block_is_reported() {
    var article = article().articleId();
    var me = shop.pool.admin;
    var before = headings(article, 1);
    var source = shop.versions.source(shop.pool.workspace, article, PartName.PLAN, 1);
    shop.editing.edit(
        article, PartName.PLAN, 1, source.replace(before.get(1), "Something else entirely"), me);
    assertThat(headings(article, 1))
        .isEqualTo(List.of(before.get(0), "Something else entirely", before.get(2)));
    var outdated = part(article, PartName.SECTION_1).outdated();
    assertThat(outdated.size()).isEqualTo(1);
    assertThat(outdated.getFirst().contains(before.get(1))).as(outdated::toString).isTrue();
  }

  @Test
  void a_deleted_marker_line_is_reported_and_an_unchanged_text_creates_no_version() {
    var article = article().articleId();
    var me = shop.pool.admin;
    var source = shop.versions.source(shop.pool.workspace, article, PartName.SECTION_1, 1);
    assertThat(
            shop.editing.edit(
                article, PartName.SECTION_1, 1, source.replace("\n", "\r\n") + "\r\n", me))
        .isEqualTo(new ArticleEditor.EditResult(false, List.of()));
    var lost = headings(article, 1).get(1);
    assertThat(
            shop.editing.edit(article, PartName.SECTION_1, 1, source.replace("@@s1-2@@\n", ""), me))
        .isEqualTo(
            new ArticleEditor.EditResult(
                true, List.of("There is no text under \"" + lost + "\" now.")));
    assertThat(part(article, PartName.SECTION_1).version()).isEqualTo(2);
    shop.editing.edit(article, PartName.SECTION_1, 2, source, me);
    assertThat(headings(article, 1).get(1)).isEqualTo(lost);
  }

  @Test
  void a_text_that_moves_with_its_heading_in_a_run_keeps_its_author() {
    var article = article().articleId();
    shop.pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update parts set origin = 'edit', created_by_name = 'grace@example.org'"
                        + " where article_id = {0} and part = 'section_1'",
                    DSL.val(article)));
    upstream.when("Meta & Toc Generator", _ -> Answer.of(SWAPPED));
    regenerate(article, PartName.PLAN);
    var moved = part(article, PartName.SECTION_1);
    assertThat(moved.version()).isEqualTo(2);
    assertThat(moved.origin()).isEqualTo("edit");
    assertThat(moved.by()).isEqualTo("grace@example.org");
  }

  @Test
  void a_kept_text_leaves_the_page_when_a_user_removes_it() {
    var article = article().articleId();
    var me = shop.pool.admin;
    upstream.when("Meta & Toc Generator", _ -> Answer.of(SWAPPED));
    regenerate(article, PartName.PLAN);
    assertThat(
            headings(article, 1).stream()
                .filter(h -> h.startsWith("Wa") || h.startsWith("What l"))
                .toList())
        .isEqualTo(List.of("Water, flour and warmth", "What lives in the jar"));
    var section = part(article, PartName.SECTION_1);
    var source =
        shop.versions.source(shop.pool.workspace, article, PartName.SECTION_1, section.version());
    assertThat(source.contains("@@s1-kept-1@@")).as(source).isTrue();
    shop.editing.edit(
        article,
        PartName.SECTION_1,
        section.version(),
        source.substring(0, source.indexOf("@@s1-kept-1@@")),
        me);
    assertThat(headings(article, 1).contains("What lives in the jar")).isFalse();
    shop.editing.restore(article, PartName.SECTION_1, 1, me);
    assertThat(headings(article, 1).getFirst())
        .as("under its heading")
        .isEqualTo("Water, flour and warmth");
    assertThat(headings(article, 1).getLast()).isEqualTo("What lives in the jar");
  }

  @Test
  void a_text_saved_while_an_old_plan_is_restored_follows_that_plan() throws Exception {
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
    assertThat(regenerate(article, PartName.PLAN).state()).isEqualTo(RunState.COMPLETED);
    var restoring =
        shop.pool.database.inTx(
            tx -> {
              new PartRepository().lock(tx, article);
              var thread =
                  Thread.ofVirtual()
                      .start(() -> shop.editing.restore(article, PartName.PLAN, 1, me));
              Await.until("it waits for the article", () -> TestDatabase.anotherWaitsForLock(tx));
              // Another user saves an edit first.
              tx.dsl()
                  .execute(
                      "update parts set body = replace(body::text, 'flour', 'flour by hand')::jsonb"
                          + " where article_id = {0} and part = 'section_1' and current",
                      DSL.val(article));
              return thread;
            });
    restoring.join();
    assertThat(part(article, PartName.PLAN).version()).isEqualTo(3);
    var text =
        shop.versions.source(
            shop.pool.workspace,
            article,
            PartName.SECTION_1,
            part(article, PartName.SECTION_1).version());
    assertThat(text.contains("flour by hand")).as(text).isTrue();
  }

  @Test
  void a_section_restored_while_its_headings_are_swapped_keeps_its_texts_under_them()
      throws Exception {
    var article = article().articleId();
    var before = articleView(article).body().sections().getFirst().blocks();
    var restoring =
        shop.pool.database.inTx(
            tx -> {
              PartRepository.lock(tx, article);
              var thread =
                  Thread.ofVirtual()
                      .start(
                          () ->
                              shop.editing.restore(
                                  article, PartName.SECTION_1, 1, shop.pool.admin));
              Await.until("it waits for the article", () -> TestDatabase.anotherWaitsForLock(tx));
              // Another user swaps two headings first.
              tx.dsl()
                  .execute(
                      """
                      update parts set body = replace(replace(replace(body::text,
                        'What lives in the jar', 'SWAP'), 'Water, flour and warmth',
                        'What lives in the jar'), 'SWAP', 'Water, flour and warmth')::jsonb
                       where article_id = {0} and part = 'plan' and current
                      """,
                      DSL.val(article));
              return thread;
            });
    restoring.join();
    assertThat(part(article, PartName.SECTION_1).version()).isEqualTo(2);
    var after = articleView(article).body().sections().getFirst().blocks();
    assertThat(after.getFirst().title()).isEqualTo("Water, flour and warmth");
    assertThat(after.getFirst().html()).isEqualTo(before.getLast().html());
  }

  @Test
  void a_run_makes_no_call_after_fifteen_minutes() {
    upstream.when(
        "FAQ Generator",
        a -> {
          shop.pool.clock.tick(Duration.ofMinutes(16));
          return a.time() > 0 ? Answer.of("{}") : OtherUpstream.usual(a);
        });
    var run = run();
    assertThat(run.operations().get(6).attempts().size()).as("not requested again").isEqualTo(1);
    assertThat(run.gaps().stream().anyMatch(g -> g.contains("15 minutes")))
        .as(run.gaps()::toString)
        .isTrue();
    upstream.when("FAQ Generator", OtherUpstream::usual);
    shop.runs.retry(run.id(), 0, shop.pool.admin);
    shop.work(run.id());
    assertThat(view(run.id()).state())
        .as("a retry has its own time limit")
        .isEqualTo(RunState.COMPLETED);
  }

  @Test
  void raw_replies_are_removed_after_thirty_days() {
    var retention =
        new Retention(
            shop.pool.database,
            new SettingsStore(shop.pool.database),
            shop.pool.audit,
            shop.pool.clock,
            List.of(
                new RetentionTask(
                    "raw_replies", "raw replies", RetentionSettings::rawDays, RawReplies::remove)));
    var run = article();
    long attempt = run.operations().getFirst().attempts().getFirst().id();
    shop.pool.clock.tick(Duration.ofDays(29));
    retention.run();
    assertThat(shop.runs.reply(shop.pool.workspace, run.id(), attempt).text().isEmpty()).isFalse();
    shop.pool.clock.tick(Duration.ofDays(2));
    retention.run();
    var reply = shop.runs.reply(shop.pool.workspace, run.id(), attempt);
    assertThat(reply.text()).isEmpty();
    assertThat(reply.evidence().rule()).startsWith("R1");
  }
}
