package dev.keywheel.usage;

import static dev.keywheel.db.schema.Tables.USAGE_HOURS;
import static dev.keywheel.db.schema.Tables.USAGE_KEY_DAYS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/** Removes old sums of usage, oldest first. */
public final class UsageRetention {
  /**
   * Number of days for which hourly sums are kept: a year, plus about a month in which that year
   * can still be viewed.
   */
  public static final int HOUR_DAYS = 400;

  private UsageRetention() {}

  public static RemovedRows removeHours(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return remove(tx, USAGE_HOURS, USAGE_HOURS.HOUR, workspace, before, limit);
  }

  /** Removes the daily sums of keys. A day is kept until all of it is older than {@code before}. */
  public static RemovedRows removeKeyDays(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var day = LocalDate.ofInstant(before, ZoneOffset.UTC);
    return remove(tx, USAGE_KEY_DAYS, USAGE_KEY_DAYS.DAY, workspace, day, limit);
  }

  private static <T> RemovedRows remove(
      Tx tx, Table<?> sums, Field<T> time, UUID workspace, T before, int limit) {
    int removed =
        tx.dsl()
            .execute(
                """
                delete from {0} where ctid = any(array(
                  select ctid from {0} where workspace_id = {1} and {2} < {3} order by {2} limit {4}))
                """,
                sums, val(workspace), time, val(before), val(limit));
    return RemovedRows.oldest(removed, limit);
  }
}
