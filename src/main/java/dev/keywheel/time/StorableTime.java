package dev.keywheel.time;

import java.time.DateTimeException;
import java.time.Instant;

/**
 * Parses and checks times from outside, so that only times that the database can store are
 * accepted.
 */
public final class StorableTime {
  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

  private StorableTime() {}

  /**
   * Parses a time such as {@code 2026-11-30T12:00:00Z}.
   *
   * @throws DateTimeException if the text is malformed, or the year is not from 0 to 9999
   */
  public static Instant parse(String text) {
    return check(Instant.parse(text));
  }

  /**
   * Returns the time.
   *
   * @throws DateTimeException if the year is not from 0 to 9999
   */
  public static Instant check(Instant time) {
    if (time.isBefore(FIRST) || !time.isBefore(END)) {
      throw new DateTimeException("The year is not from 0 to 9999");
    }
    return time;
  }
}
