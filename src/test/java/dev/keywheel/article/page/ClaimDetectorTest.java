package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.page.ClaimDetector.Weight;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimDetectorTest {
  private final ClaimDetector detector = new ClaimDetector(Locale.ENGLISH, Stream.of());

  @ParameterizedTest
  @ValueSource(strings = {"It is 1,1,1 km", "It is 5 000 km", "It is 3, 4 or 12 kg", "x1.2.30 %"})
  void a_number_with_separators_and_a_unit_is_a_claim(String sentence) {
    assertThat(detector.weight(sentence)).isEqualTo(Weight.CLAIM);
  }

  @Test
  @Timeout(10)
  void a_list_of_many_numbers_is_searched_in_linear_time() {
    assertThat(detector.weight("1,".repeat(40_000) + "1")).isEqualTo(Weight.SMALL_NUMBER);
  }
}
