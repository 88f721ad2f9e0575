package dev.keywheel.db;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The database's time, which all nodes share, so that leases, limits and waits do not depend on
 * node clocks. Between measurements it advances with the monotonic clock, unaffected by jumps of
 * the system clock.
 */
public final class DatabaseClock implements InstantSource {
  /** Maximum offset of the node's own clock that causes no warning. */
  public static final Duration TOLERATED_OFFSET = Duration.ofSeconds(5);

  private static final int TRIES = 3;
  private static final long JITTER_NANOS = 1_000_000;

  private final InstantSource system;
  private final LongSupplier ticks;
  private volatile @Nullable Reading reading;

  /**
   * @param system this node's own clock, used until the first {@link #measure}
   * @param ticks a monotonic nanosecond counter
   */
  public DatabaseClock(InstantSource system, LongSupplier ticks) {
    this.system = system;
    this.ticks = ticks;
  }

  /**
   * The database's time at a tick.
   *
   * @param ahead offset of the node's own clock from the database's; negative when it is behind
   */
  private record Reading(Instant time, long tick, long uncertainNanos, Duration ahead) {
    Instant at(long now) {
      return time.plusNanos(now - tick);
    }
  }

  /**
   * The time, truncated to PostgreSQL's microseconds, so that a stored time reads back unchanged.
   */
  @Override
  public Instant instant() {
    var measured = reading;
    var now = measured == null ? system.instant() : measured.at(ticks.getAsLong());
    return now.truncatedTo(ChronoUnit.MICROS);
  }

  /** Reads the database's clock. Must be called every few seconds. */
  public void measure(Database database) {
    var before = reading;
    var best = read(database);
    for (int i = 1; i < TRIES && (before == null || !agree(before, best)); i++) {
      var other = read(database);
      best = other.uncertainNanos() < best.uncertainNanos() ? other : best;
    }
    reading = before != null && agree(before, best) ? kept(before, best) : best;
  }

  /** Offset of the node's own clock from the database's; negative when it is behind. */
  public Duration ahead() {
    var measured = reading;
    return measured == null ? Duration.ZERO : measured.ahead();
  }

  private Reading read(Database database) {
    long before = ticks.getAsLong();
    var own = system.instant();
    var time =
        database.read(
            dsl ->
                dsl.fetchOptional("select clock_timestamp()").orElseThrow().get(0, Instant.class));
    long took = ticks.getAsLong() - before;
    long middle = before + took / 2;
    return new Reading(time, middle, took / 2, Duration.between(time, own.plusNanos(took / 2)));
  }

  /**
   * Whether two readings differ by no more than their inaccuracy. Correcting such differences would
   * make the time jump back and forth.
   */
  private static boolean agree(Reading before, Reading fresh) {
    var apart = Duration.between(before.at(fresh.tick()), fresh.time()).abs();
    return apart.toNanos() <= fresh.uncertainNanos() + JITTER_NANOS;
  }

  private static Reading kept(Reading before, Reading fresh) {
    return new Reading(before.time(), before.tick(), before.uncertainNanos(), fresh.ahead());
  }
}
