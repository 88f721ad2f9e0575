package dev.keywheel.web.page;

/** Severity of a message or status, shown as colour and shape next to a word. */
public enum Severity {
  OK,
  INFO,
  WARN,
  BAD,
  OFF;

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
