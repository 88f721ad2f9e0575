package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.ImageBrief;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of a part that a user edits: every line of it is stored or refused. */
class PartTextCodecTest {
  private static final PagePlan PLAN =
      new PagePlan(
          "Bread",
          "bread",
          "",
          "bread",
          List.of(),
          "",
          new Section("Rising", List.of(heading("s1-1", "Yeast"), heading("s1-2", "Warmth"))),
          new Section("Baking", List.of()),
          List.of(),
          new ToolBrief("", "calculator", "", List.of(), List.of(), "", List.of()),
          new ImageBrief("", ""));

  private static Heading heading(String id, String text) {
    return new Heading(id, id, text, List.of(), 40);
  }

  private static TextBody read(String source) {
    var nothing = new TextBody(new Texts(Map.of()), Map.of(), Set.of());
    return PartTextCodec.texts(source, PartName.SECTION_1, PLAN, nothing);
  }

  @Test
  void the_text_below_each_marker_is_the_text_of_its_block() {
    assertThat(read("@@s1-1@@\nIt rises.\n\n@@s1-2@@\nIn an oven.").texts().blocks())
        .isEqualTo(Map.of("s1-1", "It rises.", "s1-2", "In an oven."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "An introduction.\n\n@@s1-1@@\nIt rises.",
        "@@s1-1@@\nIt rises.\n@@s1-9@@\nA new block.",
        "@@s1-1@@\nIt rises.\n@@home is where bread is.",
        "@@s1-1@@\nIt rises.\n> @@quoted@@ once."
      })
  void text_that_belongs_to_no_block_is_refused_instead_of_dropped(String source) {
    assertThatThrownBy(() -> read(source))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("Its blocks are @@s1-1@@, @@s1-2@@.");
  }

  @Test
  void a_refused_tool_names_the_line_of_each_error_without_the_code_of_its_rule() {
    var source =
        """
        <!doctype html><html lang="en"><head><title>Bread</title></head><body>
        <script>
        fetch("/flour");
        </script></body></html>
        """;
    assertThatThrownBy(
            () -> PartTextCodec.tool(source, PLAN, "en", ToolCheck.none("there is no browser")))
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("The tool was not saved. ")
        .hasMessageContaining("Line 3: Uses fetch, which is not allowed in a tool.")
        .message()
        .doesNotContainPattern("\\bT\\d\\d\\b");
  }
}
