package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A server whose clock differs from the database's clock: the warning on its pages. */
class ClockSkewTest {
  private static final String SENTENCE = "The clock of this server is";

  @Test
  void administrators_are_warned_of_a_wrong_clock() {
    try (var database = TestDatabase.create();
        var app =
            RunningApp.on(database, new KekLocation.Value(TestPool.KEK), Duration.ofSeconds(90))) {
      var page = app.administrator().get("/").page();
      assertThat(page.text())
          .containsPattern(SENTENCE + " (8[5-9]|9[0-5]) seconds ahead of the database's\\.")
          .contains("correct the server's clock");
    }
  }

  @Test
  void a_clock_that_is_wrong_by_less_than_five_seconds_causes_no_warning() {
    try (var database = TestDatabase.create();
        var app =
            RunningApp.on(database, new KekLocation.Value(TestPool.KEK), Duration.ofSeconds(-3))) {
      assertThat(app.administrator().get("/").text()).doesNotContain(SENTENCE);
    }
  }
}
