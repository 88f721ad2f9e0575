package dev.keywheel.web.usage;

import java.util.Locale;

enum UsageGroup {
  POOL("Pool"),
  MODEL("Model"),
  KEY("Key"),
  RUN("Run");

  private final String label;

  UsageGroup(String label) {
    this.label = label;
  }

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  String label() {
    return label;
  }

  /** Whether only the first rows are shown. */
  boolean limited() {
    return this == KEY || this == RUN;
  }
}
