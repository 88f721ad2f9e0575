package dev.keywheel.web.page;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.TestOutcome;

/** Severity of a message or status, shown as colour and shape next to a word. */
public enum Severity {
  OK,
  INFO,
  WARN,
  BAD,
  OFF;

  public static Severity of(KeyStatus status) {
    return switch (status) {
      case ACTIVE -> OK;
      case RATE_LIMITED -> WARN;
      case FAILED -> BAD;
      case DISABLED -> OFF;
    };
  }

  public static Severity of(TestOutcome outcome) {
    return switch (outcome) {
      case ACTIVE -> OK;
      case RATE_LIMITED -> WARN;
      case FAILED -> BAD;
      case UNKNOWN -> INFO;
      case CANCELLED -> OFF;
    };
  }

  /** The CSS class with the colours. */
  public String css() {
    return switch (this) {
      case OK -> "tone-ok";
      case INFO -> "tone-info";
      case WARN -> "tone-warn";
      case BAD -> "tone-bad";
      case OFF -> "tone-off";
    };
  }
}
