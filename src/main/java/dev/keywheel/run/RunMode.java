package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;

/** How many operations of a run execute concurrently. The seats are the same in all modes. */
public enum RunMode implements StoredEnum {
  PARALLEL(4),
  /** Like parallel, but section 2 neither waits for section 1 nor receives its text. */
  FAST(4),
  SEQUENTIAL(1);

  private final int atOnce;

  RunMode(int atOnce) {
    this.atOnce = atOnce;
  }

  public int atOnce() {
    return atOnce;
  }

  /** Whether section 2 receives the text of section 1. */
  public boolean coherent() {
    return this != FAST;
  }

  public static RunMode of(String code) {
    return StoredEnum.of(RunMode.class, code);
  }
}
