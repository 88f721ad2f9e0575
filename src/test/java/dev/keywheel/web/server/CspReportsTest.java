package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.support.TestClock;
import dev.keywheel.web.security.AnonymousLimiter;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CspReportsTest {
  private final TestClock clock = new TestClock();
  private final CspReports reports =
      new CspReports(new AnonymousLimiter(new AnonymousSlots(), clock), clock);

  @Test
  void at_most_ten_reports_a_minute_are_logged() {
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
    clock.tick(Duration.ofSeconds(59));
    assertThat(loggedOf(1_000)).isZero();
    clock.tick(Duration.ofSeconds(2));
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
  }

  @Test
  void reports_are_logged_after_the_clock_was_set_back() {
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
    clock.tick(Duration.ofHours(-1));
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
  }

  @Test
  void a_report_is_logged_without_the_queries_of_its_addresses() {
    String report =
        """
        {"csp-report": {"document-uri": "https://keys.example.org/password?token=hush",
          "referrer": "https://keys.example.org/setup?token=hush", "blocked-uri": "inline",
          "effective-directive": "script-src-elem", "original-policy": "default-src 'none'",
          "source-file": "https://keys.example.org/password?token=hush", "line-number": 7,
          "script-sample": "hush"}}""";

    assertThat(CspReports.shown(report))
        .isEqualTo(
            "script-src-elem blocked inline on https://keys.example.org/password"
                + " (https://keys.example.org/password, line 7)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "csp-report=token=hush", "{\"csp-report\": \"hush\"}", "{\"a\": {}}"})
  void the_content_of_other_bodies_is_not_logged(String body) {
    assertThat(CspReports.shown(body)).isEqualTo("not readable");
  }

  @Test
  void a_report_adds_no_line_and_no_direction_marks_to_the_log() {
    String report =
        "{\"csp-report\": {\"blocked-uri\": \"a\\nb\\u202ec\\u0085d\", \"document-uri\": {}}}";

    assertThat(CspReports.shown(report)).isEqualTo("? blocked a b c d on ? (?, line ?)");
  }

  private long loggedOf(int reported) {
    return IntStream.range(0, reported).filter(i -> reports.admit(clock.instant())).count();
  }
}
