package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.db.Json;
import dev.keywheel.run.RunState;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jooq.JSONB;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A user may change the article while a run makes a part of it. */
@Tag("full")
class ChangedDuringRunTest extends RunsOnOtherUpstream {
  private UUID article;

  ChangedDuringRunTest() {
    super(9);
  }

  @BeforeEach
  void generate() {
    article = run().articleId();
  }

  @Test
  void a_section_made_from_a_changed_plan_is_stale_and_stands_under_the_new_headings() {
    var swapped =
        "What lives in the jar=Water, flour and warmth=Reading the signs of hunger".split("=");
    regenerate(
        PartName.SECTION_1,
        null,
        () -> {
          editPlan(swapped[0], "@");
          editPlan(swapped[1], swapped[0]);
          editPlan("\"@\"", "\"" + swapped[1] + "\"");
        });

    assertThat(part(PartName.SECTION_1).stale()).isTrue();
    assertThat(part(PartName.SECTION_1).outdated()).isEmpty();
    assertThat(texts()).containsExactly("new s1-3", "new s1-2", "new s1-1");
  }

  @Test
  void a_part_is_current_when_the_plan_changed_elsewhere() {
    regenerate(PartName.SECTION_1, null, () -> editPlan("When nothing rises", "Tired cultures"));

    assertThat(part(PartName.SECTION_1).stale()).isFalse();
    assertThat(part(PartName.SECTION_2).stale()).isTrue();
  }

  @Test
  void a_tool_made_for_a_changed_brief_stays_stale_when_its_review_fails() {
    upstream.when(
        Operation.VALIDATOR.label(),
        _ -> {
          editPlan("Works out how much starter", "Works out how much flour");
          upstream.when(Operation.VALIDATOR.label(), _ -> Answer.of("I would rather not."));
          return Answer.of("I would rather not.");
        });
    shop.work(shop.regeneration.regenerateAll(article, form(), shop.pool.admin, id()));

    assertThat(part(PartName.TOOL).version()).isEqualTo(4);
    assertThat(part(PartName.TOOL).stale()).isTrue();
  }

  @Test
  void a_guide_made_for_a_tool_that_was_replaced_is_stale() {
    regenerate(PartName.GUIDE, null, this::editTool);

    assertThat(part(PartName.GUIDE).version()).isEqualTo(2);
    assertThat(part(PartName.GUIDE).stale()).isTrue();
    regenerate(PartName.GUIDE, null, () -> {});
    assertThat(part(PartName.GUIDE).stale()).isFalse();
  }

  @Test
  void a_review_of_a_tool_that_was_replaced_is_stale() {
    regenerate(PartName.REVIEW, null, this::editTool);

    assertThat(part(PartName.REVIEW).version()).isEqualTo(2);
    assertThat(part(PartName.REVIEW).stale()).isTrue();
  }

  @Test
  void a_new_block_joins_the_version_that_was_restored_while_it_was_written() {
    regenerate(PartName.SECTION_1, null, () -> {});
    assertThat(texts()).containsExactly("new s1-1", "new s1-2", "new s1-3");

    regenerate(
        PartName.SECTION_1,
        "s1-2",
        () -> shop.editing.restore(article, PartName.SECTION_1, 1, shop.pool.admin));

    assertThat(texts()).containsExactly("old s1-1", "new s1-2", "old s1-3");
  }

  @Test
  void a_new_block_whose_heading_was_removed_replaces_no_other_text() {
    regenerate(
        PartName.SECTION_1,
        "s1-3",
        () ->
            edit(
                PartName.PLAN,
                plan -> {
                  var json = Json.read(JSONB.valueOf(plan), ObjectNode.class);
                  var headings = (ArrayNode) json.at("/section_1/headings");
                  headings.remove(2);
                  headings.remove(0);
                  return json.toString();
                }));

    assertThat(texts()).containsExactly("old s1-2", "old s1-1", "old s1-3");
  }

  /** Regenerates a part; the change is made during the first call. */
  private void regenerate(PartName part, String heading, Runnable change) {
    var first = new AtomicBoolean(true);
    upstream.when(
        Operation.of(part.operation()).label(),
        request -> {
          if (first.getAndSet(false)) {
            change.run();
          }
          return Answer.of(
              OtherUpstream.usual(request).text().replace("Sourdough starter, ", "Second try, "));
        });
    var run =
        shop.regeneration.regeneratePart(article, part, heading, "", "", shop.pool.admin, id());
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
  }

  private void editPlan(String from, String to) {
    edit(PartName.PLAN, plan -> plan.replace(from, to));
  }

  private void editTool() {
    edit(PartName.TOOL, tool -> tool.replace("Both numbers must", "The two numbers must"));
  }

  private void edit(PartName part, UnaryOperator<String> change) {
    int version = part(part).version();
    var source = shop.versions.source(shop.pool.workspace, article, part, version);
    var edited = change.apply(source);
    assertThat(edited).isNotEqualTo(source);
    shop.editing.edit(article, part, version, edited, shop.pool.admin);
  }

  /** The age and the block of each text of section 1, in the order of the page. */
  private List<String> texts() {
    return shop
        .articles
        .article(shop.pool.workspace, article)
        .body()
        .sections()
        .getFirst()
        .blocks()
        .stream()
        .map(
            block ->
                block
                    .html()
                    .toString()
                    .replaceFirst("(?s).*?(Second|Sourdough).*?, part (s\\d) (\\d).*", "$1 $2-$3"))
        .map(text -> text.replace("Second", "new").replace("Sourdough", "old"))
        .toList();
  }

  private PartView part(PartName name) {
    return shop.articles.article(shop.pool.workspace, article).parts().stream()
        .filter(part -> part.part() == name)
        .findFirst()
        .orElseThrow();
  }

  private NewArticle form() {
    return shop.regeneration.form(shop.pool.workspace, article);
  }

  private UUID id() {
    return shop.pool.ids.next();
  }
}
