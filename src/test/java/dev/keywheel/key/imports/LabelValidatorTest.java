package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelValidatorTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a\u0007b | The name has a control character",
        "a\u0085b | The name has a control character",
        "x\u202ey | The name has a character that changes the reading direction",
        "x\u2067y | The name has a character that changes the reading direction",
        "\u3164 | The name has no visible character",
        "\u2800\u3164 | The name has no visible character",
      })
  void labels_that_cannot_be_read_as_written_are_refused(String typed, String sentence) {
    var rejected =
        catchThrowableOfType(Rejected.class, () -> LabelValidator.validate("f", "name", typed));
    assertThat(rejected.getMessage()).isEqualTo(sentence + ".");
    assertThat(rejected.field().orElseThrow()).isEqualTo("f");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "a\rb", "a\tb", "a\0b"})
  void a_name_is_one_line(String typed) {
    assertThatThrownBy(() -> LabelValidator.validate("f", "name", typed))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void invisible_characters_are_removed_except_joiners_that_shape_letters() {
    assertThat(LabelValidator.validate("f", "name", "\u200b\ufeff")).isEmpty();
    assertThat(LabelValidator.validate("f", "name", "a\u200bb\u00a0c\u2060")).isEqualTo("ab c");
    var family = "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67";
    assertThat(LabelValidator.validate("f", "name", family)).isEqualTo(family);
    assertThat(LabelValidator.clean("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"))
        .isEqualTo("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645");
    assertThat(LabelValidator.clean("a\u200db\u200c")).isEqualTo("ab");
  }
}
