package dev.keywheel.web.recovery;

import dev.keywheel.provider.Evidence;
import dev.keywheel.recovery.KeyTestResult;
import dev.keywheel.web.TimeText;
import dev.keywheel.web.Tone;
import java.time.Duration;

/** One key's test as a row. */
public record TestLine(KeyTestResult test) {

  public String path() {
    return "/keys/" + test.keyId();
  }

  public Tone fromTone() {
    return switch (test.from()) {
      case ACTIVE -> Tone.OK;
      case RATE_LIMITED -> Tone.WARN;
      case FAILED -> Tone.BAD;
      case DISABLED -> Tone.OFF;
    };
  }

  public Tone tone() {
    var outcome = test.outcome();
    if (outcome == null) {
      return Tone.INFO;
    }
    return switch (outcome) {
      case ACTIVE -> Tone.OK;
      case RATE_LIMITED -> Tone.WARN;
      case FAILED -> Tone.BAD;
      case UNKNOWN -> Tone.INFO;
      case CANCELLED -> Tone.OFF;
    };
  }

  /** {@code Recovered} rather than {@code Active} where the test brought the key back. */
  public String word() {
    var outcome = test.outcome();
    if (outcome == null) {
      return "Testing…";
    }
    return test.recovered() ? "Recovered" : outcome.label();
  }

  public String latency() {
    var latency = test.latencyMs();
    return latency == null ? "" : TimeText.duration(Duration.ofMillis(latency));
  }

  /** What was seen, for whoever wants to know; empty when nothing was. */
  public String seen() {
    Evidence evidence = test.evidence();
    if (evidence == null) {
      return "";
    }
    var status = evidence.httpStatus() == null ? "" : "HTTP " + evidence.httpStatus() + " · ";
    return status + evidence.rule() + (evidence.seen().isBlank() ? "" : " · " + evidence.seen());
  }
}
