package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.blocks;
import static dev.keywheel.article.operation.conversation.TeaForTwo.filler;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.MarkdownToHtml;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signs that the page would show as text, and texts that are too long. */
class ContentRulesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "The formula is $E = mc^2$ here.",
        "Let $x$ be the ratio.",
        "It is $a / b$ then.",
        "So $$\\sum_{i=1}^n x_i$$ is all.",
        "It is \\(a_b\\) or so.",
        "It is \\[ r = w \\] then.",
        "It is 2 \\times 3 then.",
        "It is \\frac{1}{2} then.",
      })
  void latex_is_reported(String text) {
    assertThat(ContentRules.faults(text, ARTICLE_REQUEST))
        .singleElement()
        .asString()
        .startsWith("shows LaTeX as text: ")
        .endsWith("(use plain text with × ÷ √ ² instead)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A ~~wrong~~ right word.",
        "A ==marked== word.",
        "As said before.[^1]",
        "Tasks:\n\n- [ ] one\n- [x] two",
        "Smile :smile: please.",
      })
  void unsupported_markdown_is_reported(String text) {
    assertThat(ContentRules.faults(text, ARTICLE_REQUEST))
        .singleElement()
        .asString()
        .startsWith("shows unsupported Markdown as text: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "It costs $5 and $10.",
        "It costs $5/$10 or $5-$10.",
        "It costs US$5–US$10 or 10$.",
        "Total cost ($) = Price ($) + Tax ($).",
        "A _low_ price ($) and a _high_ price ($).",
        "$ = cheap, $$ = moderate, $$$ = expensive; cafes: $$ = moderate, bars: $$.",
        "It costs US$5 = AU$8, or $5 = 5.4 US$ today.",
        "Write \\[optional\\] and \\(see below\\) or \\(above\\).",
        "Copy 2\\text and ..\\left to the disk.",
        "Set $HOME and $PATH, or $HOME/$USER_NAME.",
        "Use `$a = $b` and ``[^1] ` \\frac``.",
        "```sh\necho $x$ ~~a~~ ==b==\n- [ ] c\n```",
        "If a == b and b == c, all are ==.",
        "At 10:30:45, a:b:c, and Foo::bar::baz.",
        "About ~5 to ~10 minutes, see [1] and [a](b).",
        "A path C:\\times and D:\\fun\\text here.",
      })
  void prices_variables_and_code_are_not_reported(String text) {
    assertThat(ContentRules.faults(text, ARTICLE_REQUEST)).isEmpty();
  }

  @Test
  @Timeout(20)
  void long_runs_of_signs_are_checked_in_bounded_time() {
    for (var sign :
        new String[] {"$", "$a=", "`", "` ", "~~", "==a", "\\(", "\\[", ":a", "[^", " "}) {
      ContentRules.faults(sign.repeat(60_000 / sign.length()), ARTICLE_REQUEST);
    }
  }

  @Test
  void a_repetition_is_quoted_in_about_sixty_characters() {
    var fault =
        ContentRules.faults(("a".repeat(300) + " b c d e f g h. ").repeat(3), ARTICLE_REQUEST);
    assertThat(fault).singleElement().asString().hasSizeLessThan(100);
  }

  @Test
  void a_text_too_long_for_the_page_is_cut_when_it_is_parsed_and_the_cut_is_reported() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var endless = (filler(600) + "\n\n").repeat(20);
    assertThat(endless).hasSizeGreaterThan(MarkdownToHtml.MAX_LENGTH);
    var read =
        operation.read(
            blocks(Map.of("s1-1", endless)) + "\n\n@@s1-2@@\nTea for two. " + filler(58), false);
    assertThat(Objects.requireNonNull(read.value()).of("s1-1"))
        .hasSizeBetween(MarkdownToHtml.MAX_LENGTH / 2, MarkdownToHtml.MAX_LENGTH)
        .endsWith(".");
    assertThat(read.repairs()).contains("text cut to 60000 characters");
    assertThat(read.warnings()).anyMatch(w -> w.contains("; about 60 were requested."));
  }
}
