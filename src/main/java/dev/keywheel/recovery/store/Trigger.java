package dev.keywheel.recovery.store;

import java.util.Locale;

/** Why keys are tested. */
public enum Trigger {
  /** A user requested it. */
  ASKED("started"),
  /** An assignment found fewer active keys than the minimum. */
  LOW_POOL("too few active keys"),
  /** The check of a limited or failed key is due. */
  DUE("scheduled check"),
  /** A key was refused in a run. */
  CONFIRM("rejected in a run");

  private final String label;

  Trigger(String label) {
    this.label = label;
  }

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String label() {
    return label;
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  static Trigger of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
