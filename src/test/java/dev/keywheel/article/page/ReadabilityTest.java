package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ReadabilityTest {
  @Test
  void readability_is_measured_with_the_formula_of_the_language() {
    var easy = Readability.of("The cat sat. The dog ran. We all had fun.", "en");
    assertThat(easy.words()).isEqualTo(10);
    assertThat(easy.sentences()).isEqualTo(3);
    assertThat(easy.ease() > 90).as(easy::toString).isTrue();
    assertThat(Readability.of("Die Katze sitzt.", "de").measure()).isEqualTo("LIX");
  }
}
