package dev.keywheel.recovery.store;

import dev.keywheel.db.StoredEnum;

/** The state of a batch. All states except {@code RUNNING} are final. */
public enum BatchState implements StoredEnum {
  RUNNING("Running"),
  DONE("Done"),
  CANCELLED("Cancelled"),
  /** The answers say nothing about the keys: none is marked, and they are tested again later. */
  INCONCLUSIVE("Inconclusive");

  private final String label;

  BatchState(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
