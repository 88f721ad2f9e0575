package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.WISHES;
import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(ContentRules.faults(text, WISHES))
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
    assertThat(ContentRules.faults(text, WISHES))
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
        "Set $HOME and $PATH, or $HOME/$USER_NAME.",
        "Use `$a = $b` and ``[^1] ` \\frac``.",
        "```sh\necho $x$ ~~a~~ ==b==\n- [ ] c\n```",
        "If a == b and b == c, all are ==.",
        "At 10:30:45, a:b:c, and Foo::bar::baz.",
        "About ~5 to ~10 minutes, see [1] and [a](b).",
        "A path C:\\times and D:\\fun\\text here.",
      })
  void prices_variables_and_code_are_not_reported(String text) {
    assertThat(ContentRules.faults(text, WISHES)).isEmpty();
  }

  @Test
  @Timeout(20)
  void long_runs_of_signs_are_checked_in_bounded_time() {
    for (var sign :
        new String[] {"$", "$a=", "`", "` ", "~~", "==a", "\\(", "\\[", ":a", "[^", " "}) {
      ContentRules.faults(sign.repeat(60_000 / sign.length()), WISHES);
    }
  }
}
