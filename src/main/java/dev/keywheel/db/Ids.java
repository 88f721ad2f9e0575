package dev.keywheel.db;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jooq.Condition;
import org.jooq.Field;

/**
 * Generates version 7 UUIDs (RFC 9562): 48 bits of milliseconds and 74 random bits. They increase
 * with time, which keeps indexes dense, and cannot be guessed.
 */
public final class Ids {
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param random a {@link java.security.SecureRandom} in production
   */
  public Ids(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** A lower bound of the ids generated at this time or later. */
  public static UUID lowerBound(Instant at) {
    return new UUID(at.toEpochMilli() << 16, 0);
  }

  public UUID next() {
    long high = (clock.millis() << 16) | 0x7000L | (random.nextLong() & 0xfffL);
    long low = (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /**
   * Whether the column holds one of the ids. Several ids are passed as a subquery, because a cached
   * plan with {@code = any} may compare each row with each id after the table has grown.
   */
  public static Condition isAmong(Field<UUID> column, Collection<UUID> ids) {
    return ids.size() == 1
        ? column.eq(ids.iterator().next())
        : column.in(select(field("unnest({0})", UUID.class, val(ids.toArray(UUID[]::new)))));
  }
}
