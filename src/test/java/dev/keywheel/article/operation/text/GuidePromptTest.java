package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static dev.keywheel.article.operation.conversation.TeaForTwo.text;
import static dev.keywheel.article.operation.conversation.TeaForTwo.tool;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.text.GuideOperation.Example;
import dev.keywheel.article.tool.ToolDocument;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuidePromptTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "x"})
  void the_visible_text_of_a_long_tool_ends_with_a_whole_character(String before) {
    var brief = plan().tool();
    var html = tool().html().replace("<h1>", "<p>" + before + "🫖".repeat(1_000) + "</p><h1>");
    var example = new Example(true, Map.of("cups", "3"), Map.of("grams", "7.5"));
    var guide =
        new GuideOperation(ARTICLE_REQUEST, brief, ToolDocument.of(html, brief, "en"), example, "");

    String prompt = text(guide);

    assertThat(prompt).contains("🫖🫖");
    assertThat(new String(prompt.getBytes(UTF_8), UTF_8).equals(prompt)).isTrue();
  }
}
