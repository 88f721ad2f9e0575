package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumberFormatsTest {
  @ParameterizedTest
  @CsvSource({
    "0, $0.0000",
    "0.00000000, $0.0000",
    "0.00000001, < $0.0001",
    "0.00004000, < $0.0001",
    "0.00009999, < $0.0001",
    "0.0001, $0.0001",
    "0.00014, $0.0001",
    "0.01255, $0.0126",
    "12.5, $12.5000",
  })
  void a_cost_above_zero_is_not_shown_as_zero(String cost, String shown) {
    assertThat(NumberFormats.dollars(new BigDecimal(cost))).isEqualTo(shown);
  }
}
