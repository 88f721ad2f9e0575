package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.KeyUse;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CallChartTest {
  @Test
  void truncated_and_unusable_answers_are_successes_of_the_key() {
    var chart = new CallChart(Stream.of("ok", "cut", "invalid", "timeout").map(this::use).toList());
    assertThat(chart.summary()).startsWith("3 of the last 4 calls succeeded, half of them within");
    assertThat(chart.bars().stream().map(CallChart.Bar::ok))
        .containsExactly(false, true, true, true);
  }

  private KeyUse use(String state) {
    return new KeyUse(
        1, Instant.EPOCH, new UUID(0, 1), 1, "model", state, 200, null, 900, 10, null);
  }
}
