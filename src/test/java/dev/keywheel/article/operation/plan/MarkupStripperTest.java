package dev.keywheel.article.operation.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void a_tag_without_its_counterpart_stays() {
    assertThat(MarkupStripper.withoutElements("<b>1 <B class=x>2</b > <i>3</em></i> </u>"))
        .isEqualTo("<b>1 2 3</em> </u>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<b>", "</b>", "<b ", "</b ", "<b><i>", "<b></i>", "<", "<b>x</b>"})
  void the_number_of_characters_read_is_proportional_to_the_length(String part) {
    var text = new CountingText(part.repeat(2_000));
    MarkupStripper.withoutElements(text);
    assertThat(text.reads.get()).isLessThan(40L * text.length());
  }

  private record CountingText(String text, AtomicLong reads) implements CharSequence {
    private CountingText(String text) {
      this(text, new AtomicLong());
    }

    @Override
    public char charAt(int index) {
      reads.incrementAndGet();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      reads.addAndGet(end - start);
      return text.substring(start, end);
    }
  }
}
