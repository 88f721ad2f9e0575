package dev.keywheel.recovery.store;

import dev.keywheel.db.StoredEnum;

/** Why keys are tested. */
public enum Trigger implements StoredEnum {
  /** A user requested the test. */
  ASKED("started"),
  /** An assignment found fewer active keys than the minimum. */
  LOW_POOL("too few active keys"),
  /** The check of a limited or failed key is due. */
  DUE("scheduled check"),
  /** A key was refused in a run or at the gateway. */
  CONFIRM("rejected");

  private final String label;

  Trigger(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  static Trigger of(String code) {
    return StoredEnum.of(Trigger.class, code);
  }
}
