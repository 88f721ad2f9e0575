package dev.keywheel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class UsageTest {
  @Test
  void a_sum_of_tokens_never_becomes_negative() {
    var most = new Usage(Integer.MAX_VALUE, 2_000_000_000, 1, BigDecimal.ONE, true);

    assertThat(most.plus(most))
        .isEqualTo(new Usage(Integer.MAX_VALUE, Integer.MAX_VALUE, 2, BigDecimal.TWO, true));
  }
}
