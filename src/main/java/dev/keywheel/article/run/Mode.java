package dev.keywheel.article.run;

import java.util.Locale;

/** How many operations of a run work at once. Positions are the same in both. */
public enum Mode {
  PARALLEL(4, "Parallel"),
  SEQUENTIAL(1, "One at a time");

  private final int atOnce;
  private final String label;

  Mode(int atOnce, String label) {
    this.atOnce = atOnce;
    this.label = label;
  }

  public int atOnce() {
    return atOnce;
  }

  public String label() {
    return label;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Mode of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
