package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;

/** How many operations of a run execute concurrently. The seats are the same in all modes. */
public enum RunMode implements StoredEnum {
  PARALLEL(4, "Parallel"),
  /** Like parallel, but section 2 neither waits for section 1 nor receives its text. */
  FAST(4, "Fast"),
  SEQUENTIAL(1, "One at a time");

  private final int atOnce;
  private final String label;

  RunMode(int atOnce, String label) {
    this.atOnce = atOnce;
    this.label = label;
  }

  public int atOnce() {
    return atOnce;
  }

  /** Whether section 2 receives the text of section 1. */
  public boolean coherent() {
    return this != FAST;
  }

  String label() {
    return label;
  }

  public static RunMode of(String code) {
    return StoredEnum.of(RunMode.class, code);
  }
}
