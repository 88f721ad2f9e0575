package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelPriceTest {
  @ParameterizedTest
  @CsvSource({
    "0, free",
    "0.000003, $3.00",
    "0.00000007500, $0.075",
    "0.000000004, $0.004",
    "0.00000000001, < $0.0001"
  })
  void a_price_per_million_tokens_above_zero_is_not_shown_as_zero(String perToken, String shown) {
    assertThat(ModelsPage.price(new BigDecimal(perToken))).isEqualTo(shown);
  }
}
