package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SearchTextTest {
  @Test
  void a_long_text_is_not_cut_within_a_character() {
    assertThat(SearchText.of("a".repeat(199) + "\ud83d\ude00")).isEqualTo("a".repeat(199));
  }
}
