package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.view.ArticleView.PartView;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The plan may change while a tool that is being saved is checked in the browser. */
@Tag("full")
class ToolCheckedDuringPlanEditTest {
  @AutoClose private final OtherUpstream upstream = new OtherUpstream();
  private Runnable duringCheck = () -> {};

  @AutoClose
  private final ArticleWorkshop shop =
      new ArticleWorkshop(
          "openrouter",
          upstream.base(),
          (_, _) -> {
            duringCheck.run();
            return BrowserCheck.notRun("not in this test");
          });

  private UUID article;

  @BeforeEach
  void generate() {
    shop.addKeys(9);
    upstream.answerAsUsual();
    article = shop.generate(NewArticle.of("Sourdough starter", "openrouter")).articleId();
  }

  @Test
  void a_tool_that_was_checked_against_the_old_brief_is_stale() {
    duringCheck = () -> editPlan("Works out how much starter", "Works out how much flour");

    int before = editTool();
    assertThat(tool().version()).isEqualTo(before + 1);
    assertThat(tool().stale()).isTrue();

    duringCheck = () -> editPlan("Works out how much flour", "Works out how much water");
    shop.editing.restore(article, PartName.TOOL, before, shop.pool.admin);
    assertThat(tool().version()).isEqualTo(before + 2);
    assertThat(tool().stale()).isTrue();
  }

  @Test
  void a_tool_is_current_when_the_plan_changed_elsewhere() {
    duringCheck = () -> editPlan("What lives in the jar", "Milling rye");

    int before = editTool();

    assertThat(tool().version()).isEqualTo(before + 1);
    assertThat(tool().stale()).isFalse();
  }

  @Test
  void the_guide_is_stale_after_a_changed_tool_but_not_after_the_same_one() {
    shop.editing.restore(article, PartName.TOOL, tool().version(), shop.pool.admin);
    assertThat(part(PartName.GUIDE).stale()).isFalse();

    editTool();
    assertThat(part(PartName.GUIDE).stale()).isTrue();
  }

  /** Returns the version before the edit. */
  private int editTool() {
    int version = tool().version();
    var source = shop.versions.source(shop.pool.workspace, article, PartName.TOOL, version);
    var edited = source.replace("Both numbers must", "The two numbers must");
    shop.editing.edit(article, PartName.TOOL, version, edited, shop.pool.admin);
    return version;
  }

  private void editPlan(String from, String to) {
    duringCheck = () -> {};
    int version = part(PartName.PLAN).version();
    var plan = shop.versions.source(shop.pool.workspace, article, PartName.PLAN, version);
    assertThat(plan).contains(from);
    shop.editing.edit(article, PartName.PLAN, version, plan.replace(from, to), shop.pool.admin);
  }

  private PartView tool() {
    return part(PartName.TOOL);
  }

  private PartView part(PartName name) {
    return shop.articles.article(shop.pool.workspace, article).parts().stream()
        .filter(part -> part.part() == name)
        .findFirst()
        .orElseThrow();
  }
}
