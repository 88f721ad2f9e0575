package dev.keywheel.recovery.store;

import java.util.Locale;

/** The state of a batch. Only {@code RUNNING} ever changes. */
public enum BatchState {
  RUNNING("Running"),
  DONE("Done"),
  CANCELLED("Cancelled"),
  /** The answers say nothing about the keys: none was marked; it is tried again later. */
  INCONCLUSIVE("Inconclusive");

  private final String label;

  BatchState(String label) {
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
  public static BatchState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
