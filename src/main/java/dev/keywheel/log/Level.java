package dev.keywheel.log;

import dev.keywheel.db.StoredEnum;

/** Severity of a line. Its lower-case name is used in the table and in the page's filter. */
public enum Level implements StoredEnum {
  INFO,
  WARN,
  ERROR;

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  public static Level of(String code) {
    return StoredEnum.of(Level.class, code);
  }
}
