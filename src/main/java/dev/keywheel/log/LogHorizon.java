package dev.keywheel.log;

import static org.jooq.impl.DSL.val;

import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * Up to which position the log is complete: no open transaction can still commit a line at or below
 * it.
 *
 * <p>A writer takes a shared advisory lock named after the sequence's last value, then draws its
 * position, which is greater. A reader reads the sequence first and the locks second: a writer that
 * draws at or below what the reader read holds its lock by then, or has committed. Only writers of
 * this log in this database count, so foreign transactions hold nothing back, and the numbers
 * survive a dump.
 */
final class LogHorizon {
  /** The class of the advisory locks that writers hold. */
  static final int WRITERS = 0x6B77_6C6F;

  /** Of the sequence's last value a lock's name holds this many bits. */
  private static final long BITS = 0x7FFF_FFFF;

  private LogHorizon() {}

  /**
   * The last complete position. Lines are read by a later statement: it sees what has committed
   * until now.
   */
  static long of(DSLContext dsl) {
    long last = number(dsl.fetchSingle("select last_value from event_positions"));
    var taken =
        dsl.fetch(
            """
            select objid::bigint from pg_locks
             where locktype = 'advisory' and classid = {0}::oid and objsubid = 2
               and database = (select oid from pg_database where datname = current_database())
            """,
            val(WRITERS));
    return last - taken.stream().mapToLong(row -> behind(last, number(row))).max().orElse(0);
  }

  /** How far behind {@code last} a lock was taken; 0 for one taken after {@code last} was read. */
  private static long behind(long last, long taken) {
    long distance = (last - taken) & BITS;
    return distance > BITS / 2 ? 0 : distance;
  }

  private static long number(Record row) {
    return Objects.requireNonNull(row.get(0, Long.class));
  }
}
