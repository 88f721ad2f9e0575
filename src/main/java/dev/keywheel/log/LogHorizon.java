package dev.keywheel.log;

import static org.jooq.impl.DSL.val;

import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * The position up to which the log is complete: no open transaction can still commit a line at or
 * below it.
 *
 * <p>A writer takes a shared advisory lock whose key holds the sequence's last value, then draws a
 * greater position. A reader reads the sequence first and the locks second: any writer at or below
 * the value read then holds its lock or has committed. Only open writes to this log delay the
 * horizon; other transactions do not. Positions survive a dump and restore.
 */
final class LogHorizon {
  /** Class id of the writers' advisory locks. */
  static final int WRITERS = 0x6B77_6C6F;

  /** The bits of the sequence's last value that a lock's key contains. */
  private static final long BITS = 0x7FFF_FFFF;

  private LogHorizon() {}

  /**
   * The last complete position. The lines must be read by a later statement, which sees everything
   * committed by then.
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

  /**
   * Distance from a lock's value to {@code last}; 0 for a lock taken after {@code last} was read.
   */
  private static long behind(long last, long taken) {
    long distance = (last - taken) & BITS;
    return distance > BITS / 2 ? 0 : distance;
  }

  private static long number(Record row) {
    return Objects.requireNonNull(row.get(0, Long.class));
  }
}
