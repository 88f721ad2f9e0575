package dev.keywheel.usage;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/**
 * A range of whole hours or UTC days that ends with the current one.
 *
 * @param from start of the first slot
 * @param to end of the last slot, exclusive
 */
public record UsageRange(Instant from, Instant to, Step step) {

  /** The size of a slot. */
  public enum Step {
    HOUR(ChronoUnit.HOURS),
    DAY(ChronoUnit.DAYS);

    private final ChronoUnit unit;

    Step(ChronoUnit unit) {
      this.unit = unit;
    }

    Duration length() {
      return unit.getDuration();
    }
  }

  /** The last {@code count} hours, including the current one. */
  public static UsageRange hours(int count, Instant now) {
    return last(count, Step.HOUR, now);
  }

  /** The last {@code count} days in UTC, including the current one. */
  public static UsageRange days(int count, Instant now) {
    return last(count, Step.DAY, now);
  }

  private static UsageRange last(int count, Step step, Instant now) {
    var to = now.truncatedTo(step.unit).plus(step.length());
    return new UsageRange(to.minus(step.length().multipliedBy(count)), to, step);
  }

  /** The same range in hours, without hours that have not begun. */
  public UsageRange byHour(Instant now) {
    return new UsageRange(
        from, now.truncatedTo(ChronoUnit.HOURS).plus(Step.HOUR.length()), Step.HOUR);
  }

  /** The starts of all slots, oldest first. */
  public List<Instant> slots() {
    return Stream.iterate(from, slot -> slot.isBefore(to), slot -> slot.plus(step.length()))
        .toList();
  }

  /** The first UTC day that the range touches. */
  LocalDate firstDay() {
    return LocalDate.ofInstant(from, ZoneOffset.UTC);
  }
}
