package dev.keywheel.article.tool.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.Input;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.ManifestReader;
import dev.keywheel.article.tool.ToolDocument;
import java.util.List;
import java.util.Map;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

class TestCaseMapperTest {
  private static final ToolBrief BRIEF =
      new ToolBrief(
          "Tip",
          "calculator",
          "Splits a bill",
          List.of(new Input("bill", "Bill (EUR)", "number", null, null, null, null, null)),
          List.of(),
          "",
          List.of());

  private static Map<String, String> fitted(String body) {
    var tool = ToolDocument.of("<html><body>" + body, BRIEF, "en");
    return new TestCaseMapper(BRIEF, tool)
        .fitted(new ToolTest(Map.of("bill", "5"), List.of()))
        .set();
  }

  @Test
  void a_field_is_found_by_a_label_with_another_unit_of_at_most_80_characters() {
    assertThat(fitted("<label>bill [USD] <input id=amount></label>")).containsKey("amount");
    for (var brackets : List.of("()", "[]")) {
      var unit = brackets.charAt(0) + "u".repeat(80) + brackets.charAt(1);
      assertThat(fitted("<input id=\"bill " + unit + "\">")).containsKey("bill " + unit);
    }
    assertThat(fitted("<input id=\"bill (" + "u".repeat(81) + ")\">")).containsOnlyKeys("bill");
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void a_long_name_of_a_field_is_compared() {
    var id = "(".repeat(150_000) + "bill";
    assertThat(fitted("<input id=\"%s\" aria-label=\"%s\">".formatted(id, id))).containsKey(id);
  }

  @Test
  void a_label_is_cut_to_80_characters() {
    var page = Jsoup.parse("<input aria-label=\"" + "x".repeat(81) + "\">");
    assertThat(ManifestReader.label(page.selectFirst("input"), page)).isEqualTo("x".repeat(80));
  }
}
