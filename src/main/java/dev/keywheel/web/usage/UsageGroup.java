package dev.keywheel.web.usage;

import dev.keywheel.db.StoredEnum;

enum UsageGroup implements StoredEnum {
  POOL("Pool"),
  MODEL("Model"),
  KEY("Key"),
  RUN("Run");

  private final String label;

  UsageGroup(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** Whether only the first rows are shown. */
  boolean limited() {
    return this == KEY || this == RUN;
  }
}
