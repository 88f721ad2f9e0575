package dev.keywheel.article.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.ArticleParts.Text;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.ImageBrief;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.ToolDocument;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The name of a tool whose plan has none, in the headings and exports of its article. */
class ExportedToolNameTest {
  private static final Instant MADE = Instant.parse("2026-03-01T08:30:00Z");
  private static final Section NO_SECTION = new Section("", List.of());
  private static final PagePlan PLAN =
      new PagePlan(
          "Tea",
          "tea",
          "",
          "tea",
          List.of(),
          "",
          NO_SECTION,
          NO_SECTION,
          List.of(),
          brief(""),
          new ImageBrief("", ""));
  private static final ArticleParts PARTS =
      new ArticleParts(
          "en",
          PLAN,
          ToolDocument.of(
              "<!doctype html><html><body><output id=\"g\"></output></body></html>",
              brief("Leaf scale"),
              "en"),
          new Text(new Texts(Map.of("intro", "Weighs leaves.")), Set.of()),
          Text.NONE,
          Text.NONE,
          Text.NONE,
          false,
          "",
          MADE,
          MADE,
          null,
          Publication.NONE);

  private static ToolBrief brief(String name) {
    return new ToolBrief(name, "calculator", "", List.of(), List.of(), "", List.of());
  }

  @Test
  void a_tool_without_a_planned_name_has_the_name_in_its_manifest() {
    var quality = new Quality(0, List.of(), List.of(), List.of());
    var file = new ArticleFile("tea", PARTS, null, quality, List.of());
    var markdown = new String(new Exports().markdown(file), StandardCharsets.UTF_8);
    assertThat(markdown).contains("\n## Leaf scale\n", "[Leaf scale](tool.html)");
    assertThat(StructuredData.of(PARTS).json().toString()).contains("name=Leaf scale");
    var body = new Assembly(PARTS).body(new Assembly.Sources(null, "tool", null));
    assertThat(Objects.requireNonNull(body.guide()).title()).contains("Leaf scale");
  }
}
