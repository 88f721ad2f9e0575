package dev.keywheel.article.operation.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.text.GuideOperation.Example;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.ToolDocument;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

class ToolMentionsTest {
  private static final ToolBrief BRIEF =
      new ToolBrief("Sum", "calculator", "Adds", List.of(), List.of(), "a + 1", List.of());

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void the_numbers_of_a_list_are_not_results() {
    var mentions =
        new ToolMentions(
            ToolDocument.of("<html><body>Sum", BRIEF, "en"),
            "Sum",
            new Example(true, Map.of(), Map.of()));
    assertThat(mentions.unknownNumbers("7. Add\n\n \t8) Read 9" + "\n".repeat(60_000) + "."))
        .contains("uses numbers that are neither in the inputs nor in the given result: 9");
  }

  @Test
  void a_guide_may_name_every_text_shown_by_a_control() {
    var html =
        """
        <html><body><input value="Start now" placeholder="Your weight"><button aria-label="Clear all">x</button>\
        """;
    var mentions =
        new ToolMentions(
            ToolDocument.of(html, BRIEF, "en"), "Sum", new Example(true, Map.of(), Map.of()));
    assertThat(mentions.unknownLabels("Press **Start now**, **Your weight** and **Clear all**."))
        .isEmpty();
    assertThat(mentions.unknownLabels("Press **Send**."))
        .contains("uses bold names that the tool does not have: Send");
  }
}
