package dev.keywheel.web.page;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Formats times, in the zone of the request, and durations. */
public final class TimeText {
  private static final DateTimeFormatter ABSOLUTE = pattern("d MMM yyyy, HH:mm:ss zzz");
  private static final DateTimeFormatter DATE = pattern("d MMM yyyy");
  private static final DateTimeFormatter WEEKDAY = pattern("EEEE d MMM yyyy");
  private static final DateTimeFormatter CLOCK = pattern("HH:mm:ss");
  private static final DateTimeFormatter HOUR = pattern("EEE d MMM, HH:mm");
  private static final DateTimeFormatter ZONED_HOUR = pattern("EEE d MMM, HH:mm zzz");
  private static final DateTimeFormatter OFFSET = pattern(" (O)");
  private static final DateTimeFormatter ZONE = pattern("zzz");
  private static final DateTimeFormatter HOUR_AND_ZONE = pattern("HH:mm zzz");
  private static final DateTimeFormatter CLOCK_AND_ZONE = pattern("HH:mm:ss zzz");

  private TimeText() {}

  /**
   * {@code now}, {@code just now}, {@code 3 min ago}, {@code in 2 h}; a date if more than 30 days
   * away. Past durations are truncated to whole units, future ones rounded: seven days less a
   * second are seven days.
   */
  public static String relative(Instant at, Instant now) {
    var distance = Duration.between(at, now);
    var past = !distance.isNegative();
    var seconds = distance.abs().toSeconds();
    if (seconds < 5 && past) {
      return "just now";
    }
    if (seconds < 1) {
      return "now";
    }
    if (seconds / 86_400 > 30) {
      return text(DATE, at);
    }
    var size = past ? size(seconds, 0) : size(seconds, 1);
    return past ? size + " ago" : "in " + size;
  }

  /**
   * When a check that has not taken place is planned: {@code in 2 h}, or {@code due} once that time
   * has passed.
   */
  public static String due(Instant at, Instant now) {
    return at.isAfter(now) ? relative(at, now) : "due";
  }

  /** The duration in the largest unit that fits; {@code halves} is 1 to round and 0 to truncate. */
  private static String size(long seconds, int halves) {
    long minutes = (seconds + 30L * halves) / 60;
    long hours = (seconds + 1_800L * halves) / 3_600;
    long days = (seconds + 43_200L * halves) / 86_400;
    return seconds < 60
        ? seconds + " s"
        : minutes < 60
            ? minutes + " min"
            : hours < 24 ? hours + " h" : days + (days == 1 ? " day" : " days");
  }

  /** {@code 10 Mar 2026, 14:25:36 UTC}. */
  public static String absolute(Instant at) {
    return text(ABSOLUTE, at);
  }

  /**
   * The value for {@code datetime} of a {@code <time>}, to the millisecond, which is the limit in
   * HTML.
   */
  public static String machine(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /** {@code 14:25:36}, where the zone is named nearby. */
  public static String clock(Instant at) {
    return text(CLOCK, at);
  }

  /** {@code 14:25:36 UTC}. */
  public static String clockWithZone(Instant at) {
    return text(CLOCK_AND_ZONE, at);
  }

  /** {@code 14:25:36 UTC}, with the date unless it is on the same day as {@code now}. */
  public static String clockOrDate(Instant at, Instant now) {
    return sameDay(at, now) ? clockWithZone(at) : absolute(at);
  }

  /**
   * {@code Tue 10 Mar, 14:00}, where the zone is named nearby; with the zone for an hour that
   * occurs twice because clocks are turned back.
   */
  public static String hour(Instant at) {
    var zone = PageZone.current();
    var local = LocalDateTime.ofInstant(at, zone);
    return text(zone.getRules().getValidOffsets(local).size() > 1 ? ZONED_HOUR : HOUR, at);
  }

  /** {@code 14:00 UTC}. */
  public static String hourWithZone(Instant at) {
    return text(HOUR_AND_ZONE, at);
  }

  /** The short name of the zone between two times: {@code CET}, or {@code CEST and CET}. */
  public static String zone(Instant from, Instant to) {
    var first = text(ZONE, from);
    var last = text(ZONE, to);
    return first.equals(last) ? first : first + " and " + last;
  }

  /** {@code Friday 27 Nov 2026, Europe/Berlin (UTC+1)}. */
  public static String day(Instant at) {
    var zone = PageZone.current().getId();
    var offset = zone.equals("UTC") ? "" : text(OFFSET, at).replace("GMT", "UTC");
    return text(WEEKDAY, at) + ", " + zone + offset;
  }

  public static boolean sameDay(Instant a, Instant b) {
    var zone = PageZone.current();
    return LocalDate.ofInstant(a, zone).equals(LocalDate.ofInstant(b, zone));
  }

  private static DateTimeFormatter pattern(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
  }

  private static String text(DateTimeFormatter format, Instant at) {
    return format.format(at.atZone(PageZone.current()));
  }
}
