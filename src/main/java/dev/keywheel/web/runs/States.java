package dev.keywheel.web.runs;

import dev.keywheel.article.run.OperationState;
import dev.keywheel.article.run.RunState;
import dev.keywheel.web.Tone;

/** The feeling of each state: its colour and its shape. */
final class States {
  private States() {}

  static Tone tone(RunState state) {
    return switch (state) {
      case QUEUED, CANCELLED -> Tone.OFF;
      case PLANNING, RUNNING, CANCELLING -> Tone.INFO;
      case WAITING_KEYS, COMPLETED_WITH_GAPS -> Tone.WARN;
      case COMPLETED -> Tone.OK;
      case FAILED -> Tone.BAD;
    };
  }

  static Tone tone(OperationState state) {
    return switch (state) {
      case PENDING, READY, SKIPPED, CANCELLED -> Tone.OFF;
      case RUNNING, REPAIRING -> Tone.INFO;
      case WAITING_KEY, DEGRADED -> Tone.WARN;
      case SUCCEEDED -> Tone.OK;
      case FAILED -> Tone.BAD;
    };
  }
}
