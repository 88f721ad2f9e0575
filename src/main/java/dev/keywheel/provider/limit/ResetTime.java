package dev.keywheel.provider.limit;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the time at which a limit ends: epoch in milliseconds or seconds, a number of seconds,
 * durations such as {@code 6m0s} or {@code 12ms}, RFC 3339, HTTP dates. {@code UpstreamError} reads
 * the headers and fields that contain it.
 */
public final class ResetTime {
  /** Smallest number read as milliseconds since 1970: the year 1973, or 5138 if read as seconds. */
  private static final BigDecimal MIN_MILLIS = BigDecimal.valueOf(100_000_000_000L);

  /**
   * Smallest number read as seconds since 1970: the year 2001; smaller numbers are seconds from
   * now.
   */
  private static final BigDecimal MIN_EPOCH_SECONDS = BigDecimal.valueOf(1_000_000_000L);

  /** Longest plausible wait: every quota resets at least once a year. */
  private static final Duration LONGEST_WAIT = Duration.ofDays(366);

  /** Smaller differences between clocks are due to network latency and to rounded dates. */
  private static final Duration MIN_SKEW = Duration.ofSeconds(30);

  /** Larger differences between clocks are due to a cached answer, not to a wrong clock. */
  private static final Duration LARGEST_SKEW = Duration.ofDays(1);

  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}(\\.\\d{1,9})?");
  private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|d|h|m|s)");

  private ResetTime() {}

  /**
   * The time that {@code text} names; empty when the text cannot be parsed, or the time is in the
   * past or implausibly far in the future.
   */
  static Optional<Instant> moment(String text, Instant now) {
    String value = text.strip();
    return number(value, now)
        .or(() -> duration(value).filter(ResetTime::isPlausible).map(now::plus))
        .or(() -> date(value))
        .filter(at -> at.isAfter(now) && at.isBefore(now.plus(LONGEST_WAIT)));
  }

  /**
   * Like {@link #moment(String, Instant)}, but corrects a difference between the upstream's clock
   * and this node's clock: an absolute time is read relative to the date of the answer.
   *
   * @param date the date of the answer, see {@link #date}; empty when it is not known
   */
  public static Optional<Instant> moment(String text, Instant now, String date) {
    Instant theirs = httpDate(date.strip()).filter(at -> isSkewed(at, now)).orElse(now);
    return moment(text, theirs).map(at -> at.plus(Duration.between(theirs, now)));
  }

  private static boolean isSkewed(Instant theirs, Instant now) {
    Duration skew = Duration.between(theirs, now).abs();
    return skew.compareTo(MIN_SKEW) > 0 && skew.compareTo(LARGEST_SKEW) < 0;
  }

  /**
   * The date header of an answer, which is the upstream's time. Empty when there is no date, or
   * when the answer comes from a cache and the date is therefore older.
   *
   * @param headers the headers of the answer, with names in lower case
   */
  public static String date(Map<String, String> headers) {
    String age = headers.getOrDefault("age", "0").strip();
    return age.equals("0") ? headers.getOrDefault("date", "") : "";
  }

  /** The reset time as a wait from now; the parameters are those of {@code moment}. */
  public static Optional<Duration> wait(String text, Instant now, String date) {
    return moment(text, now, date).map(at -> Duration.between(now, at));
  }

  public static Instant nextUtcMidnight(Instant now) {
    return startOf(today(now).plusDays(1));
  }

  /**
   * When a cap with this period resets, in UTC, with weeks that begin on Monday; empty for an
   * unknown period.
   *
   * @param period {@code daily}, {@code weekly}, {@code monthly}
   */
  public static Optional<Instant> nextPeriod(String period, Instant now) {
    return switch (period.toLowerCase(Locale.ROOT)) {
      case "daily", "day" -> Optional.of(nextUtcMidnight(now));
      case "weekly", "week" ->
          Optional.of(startOf(today(now).with(TemporalAdjusters.next(DayOfWeek.MONDAY))));
      case "monthly", "month" ->
          Optional.of(startOf(today(now).with(TemporalAdjusters.firstDayOfNextMonth())));
      default -> Optional.empty();
    };
  }

  private static Optional<Instant> number(String value, Instant now) {
    if (!NUMBER.matcher(value).matches()) {
      return Optional.empty();
    }
    var number = new BigDecimal(value);
    if (number.compareTo(MIN_MILLIS) >= 0) {
      return Optional.of(Instant.ofEpochMilli(number.longValue()));
    }
    if (number.compareTo(MIN_EPOCH_SECONDS) >= 0) {
      return Optional.of(Instant.ofEpochSecond(number.longValue()));
    }
    return Optional.of(now.plusMillis(number.movePointRight(3).longValue()));
  }

  private static Optional<Duration> duration(String value) {
    if (value.startsWith("PT")) {
      return parsed(() -> Duration.parse(value));
    }
    var total = Duration.ZERO;
    int end = 0;
    Matcher part = PART.matcher(value);
    while (part.find() && part.start() == end && total.compareTo(LONGEST_WAIT) < 0) {
      total = total.plus(amount(new BigDecimal(part.group(1)), part.group(2)));
      end = part.end();
    }
    return end > 0 && end == value.length() ? Optional.of(total) : Optional.empty();
  }

  private static boolean isPlausible(Duration wait) {
    return wait.isPositive() && wait.compareTo(LONGEST_WAIT) < 0;
  }

  private static Duration amount(BigDecimal count, String unit) {
    long millis =
        switch (unit) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> ChronoUnit.DAYS.getDuration().toMillis();
        };
    return Duration.ofMillis(count.multiply(BigDecimal.valueOf(millis)).longValue());
  }

  private static Optional<Instant> date(String value) {
    return parsed(() -> OffsetDateTime.parse(value).toInstant()).or(() -> httpDate(value));
  }

  private static Optional<Instant> httpDate(String value) {
    return parsed(
        () -> ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
  }

  private static <T> Optional<T> parsed(Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (DateTimeException notThisForm) {
      return Optional.empty();
    }
  }

  private static LocalDate today(Instant now) {
    return LocalDate.ofInstant(now, ZoneOffset.UTC);
  }

  private static Instant startOf(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
