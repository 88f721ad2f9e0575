package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyMoneyTest {

  @ParameterizedTest
  @CsvSource({
    "0.00000000, $0.0000",
    "0.00002000, < $0.0001",
    "0.0001, $0.0001",
    "0.01254, $0.0125",
    "12.5, $12.50"
  })
  void a_small_cost_is_not_shown_as_zero(String cost, String shown) {
    assertThat(KeyDetailPage.money(new BigDecimal(cost))).isEqualTo(shown);
  }
}
