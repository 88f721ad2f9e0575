package dev.keywheel.article.run.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.run.engine.RunLogMessages.Totals;
import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunLogMessagesTest {
  @ParameterizedTest
  @CsvSource({
    "0.00000000, $0.0000",
    "0.00000001, < $0.0001",
    "0.00009999, < $0.0001",
    "0.00010000, $0.0001",
    "0.12345000, $0.1235",
    "12.5, $12.5000"
  })
  void only_a_run_without_cost_is_reported_as_free(BigDecimal cost, String shown) {
    var totals = new Totals(8, 8, 7, 1, Duration.ofSeconds(41), false, cost);
    assertThat(RunLogMessages.ended(RunState.COMPLETED, totals, List.of()).message())
        .isEqualTo(
            "🏁 Run completed: 8 of 8 operations, 7 keys, 1 replacement, 41 s, ".concat(shown));
  }
}
