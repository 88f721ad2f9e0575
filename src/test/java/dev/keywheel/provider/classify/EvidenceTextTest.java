package dev.keywheel.provider.classify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvidenceTextTest {
  private static final String LONG = "0123456789-abcdefghij_0123456789ABCDEFGHI";

  @ParameterizedTest
  @CsvSource({
    "sk-or-v1-abc...def, …",
    "key sk-abcd., key …",
    "(sk-abcd), (…)",
    "x-sk-abcd, x-…",
    "gsk_12345678 xai-12345678 AIza12345678 hf_12345678, … … … …",
    "gsk_12345678.sk-abcd, ….…",
    "Bearer abc.def!, Bearer …",
    "bearer  abc next, Bearer … next",
    LONG + ", …",
    "/" + LONG + "/, /…/",
    "-" + LONG + " end, … end",
    "sk-short xai-" + LONG + ", … …",
  })
  void text_that_looks_like_a_key_is_not_shown(String text, String shown) {
    assertThat(EvidenceText.excerpt(text)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u005f", "\\u005F"})
  void a_key_whose_underscore_is_escaped_is_not_shown(String underscore) {
    assertThat(EvidenceText.excerpt("no gsk" + underscore + "12345678abcdef here"))
        .isEqualTo("no … here");
  }

  @Test
  void each_visible_character_but_the_quote_and_the_backslash_is_decoded() {
    for (char letter = '!'; letter <= '~'; letter++) {
      String escaped = "\\u%04x".formatted((int) letter);
      boolean kept = letter == '"' || letter == '\\';
      assertThat(EvidenceText.masked(escaped)).isEqualTo(kept ? escaped : String.valueOf(letter));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-abc",
        "risk-based desk-1234 task_gsk_12345678",
        "gsk_1234567 hf_1234567",
        "0123456789-abcdefghij_0123456789ABCDEFG",
        "0123456789-abcdefghij.0123456789ABCDEFGHIJ",
      })
  void text_that_is_too_short_for_a_key_or_within_a_word_is_shown(String text) {
    assertThat(EvidenceText.excerpt(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" a b ", "a\n\t b", "\u0000a\u007f\u001f b\r\n", "a \f\u000b b\u2003", "a b"})
  void an_excerpt_is_one_line_with_single_spaces(String text) {
    assertThat(EvidenceText.excerpt(text)).isEqualTo("a b");
  }
}
