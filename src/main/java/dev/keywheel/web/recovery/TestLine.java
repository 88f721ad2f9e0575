package dev.keywheel.web.recovery;

import dev.keywheel.provider.Evidence;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.Severity;

public record TestLine(KeyTestResult test) {

  public Severity tone() {
    var outcome = test.outcome();
    return outcome == null ? Severity.INFO : Severity.of(outcome);
  }

  /**
   * The label of the outcome; {@code Recovered} instead of {@code Active} if the test reactivated
   * the key.
   */
  public String label() {
    var outcome = test.outcome();
    if (outcome == null) {
      return "Testing…";
    }
    return test.recovered() ? "Recovered" : outcome.label();
  }

  public String latency() {
    var latency = test.latencyMs();
    return latency == null ? "" : DurationText.ofMillis(latency);
  }

  /**
   * Status and text of the provider's answer, and the rule that matched; empty if none is stored.
   */
  public String evidenceText() {
    Evidence evidence = test.evidence();
    if (evidence == null) {
      return "";
    }
    var status = evidence.httpStatus() == null ? "" : "HTTP " + evidence.httpStatus() + " · ";
    return status + evidence.rule() + (evidence.seen().isBlank() ? "" : " · " + evidence.seen());
  }
}
