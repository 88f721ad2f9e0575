package dev.keywheel.people.identity;

import dev.keywheel.db.StoredEnum;

/** Role of a member. Ordered: each role includes the permissions of the following ones. */
public enum Role implements StoredEnum {
  /** Reads secrets of keys; manages settings, users, access tokens and aliases. */
  ADMIN,
  /** Manages and tests keys, starts runs and edits articles; never sees a stored secret. */
  OPERATOR,
  /** Read-only. */
  VIEWER;

  /** Whether this role includes {@code needed}. */
  public boolean covers(Role needed) {
    return ordinal() <= needed.ordinal();
  }

  public String label() {
    return switch (this) {
      case ADMIN -> "Administrator";
      case OPERATOR -> "Operator";
      case VIEWER -> "Viewer";
    };
  }

  /**
   * The role with this value.
   *
   * @throws IllegalArgumentException if the value is unknown
   */
  public static Role of(String code) {
    return StoredEnum.of(Role.class, code);
  }
}
