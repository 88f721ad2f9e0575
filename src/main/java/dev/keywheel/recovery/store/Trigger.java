package dev.keywheel.recovery.store;

import dev.keywheel.db.StoredEnum;

/** Why keys are tested. */
public enum Trigger implements StoredEnum {
  /** A user requested the test. */
  USER("asked", "started"),
  /** An assignment found fewer active keys than the minimum. */
  LOW_POOL("low_pool", "too few active keys"),
  /** The check of a limited or failed key is due. */
  DUE_CHECK("due", "scheduled check"),
  /** A key was refused in a run or at the gateway. */
  REFUSED_KEY("confirm", "rejected");

  private final String code;
  private final String label;

  Trigger(String code, String label) {
    this.code = code;
    this.label = label;
  }

  @Override
  public String code() {
    return code;
  }

  public String label() {
    return label;
  }
}
