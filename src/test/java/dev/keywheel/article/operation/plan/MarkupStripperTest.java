package dev.keywheel.article.operation.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkupStripperTest {
  @Test
  void markup_is_stripped_from_plain_text_fields() {
    assertThat(MarkupStripper.of("## **Bold** and `code`: [a link](https://x.example)"))
        .isEqualTo("Bold and code: a link");
    assertThat(MarkupStripper.of("<strong>Very <i class=\"x\">bold</i></strong>, *indeed*"))
        .isEqualTo("Very bold, indeed");
    assertThat(MarkupStripper.of("这是**重点**内容")).isEqualTo("这是重点内容");
    for (var line :
        List.of(
            "1. First",
            "- 5 degrees",
            "> 18 years",
            "L*W*H in cm",
            "2 * 3 * 4",
            "a < b > c",
            "How to use the <b> tag",
            "snake_case_names",
            "AT&T: 50% off",
            "C# or F#?",
            "# of cups")) {
      assertThat(MarkupStripper.of(line)).isEqualTo(line.equals("# of cups") ? "of cups" : line);
    }
  }
}
