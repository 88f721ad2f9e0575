package dev.keywheel.people.identity;

import java.util.UUID;

/** A user with the columns that sign-in needs. */
public record UserRow(UUID id, String email, String passwordHash, boolean disabled) {
  @Override
  public String toString() {
    return "UserRow " + id;
  }
}
