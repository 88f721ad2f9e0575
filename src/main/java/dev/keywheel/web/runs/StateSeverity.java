package dev.keywheel.web.runs;

import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import dev.keywheel.web.page.Severity;

/** The severity of each state. */
final class StateSeverity {
  private StateSeverity() {}

  static Severity of(RunState state) {
    return switch (state) {
      case QUEUED, CANCELLED -> Severity.OFF;
      case PLANNING, RUNNING, CANCELLING -> Severity.INFO;
      case WAITING_KEYS, COMPLETED_WITH_GAPS -> Severity.WARN;
      case COMPLETED -> Severity.OK;
      case FAILED -> Severity.BAD;
    };
  }

  static Severity of(OperationState state) {
    return switch (state) {
      case PENDING, READY, SKIPPED, CANCELLED -> Severity.OFF;
      case RUNNING -> Severity.INFO;
      case WAITING_KEY, DEGRADED -> Severity.WARN;
      case SUCCEEDED -> Severity.OK;
      case FAILED -> Severity.BAD;
    };
  }
}
