package dev.keywheel.usage;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
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
    int removed =
        tx.dsl()
            .execute(
                """
                delete from usage_hours where ctid = any(array(
                  select ctid from usage_hours
                   where workspace_id = {0} and hour < {1} order by hour limit {2}))
                """,
                val(workspace), val(before), val(limit));
    return RemovedRows.oldest(removed, limit);
  }

  /** Removes the daily sums of keys. A day is kept until all of it is older than {@code before}. */
  public static RemovedRows removeKeyDays(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int removed =
        tx.dsl()
            .execute(
                """
                delete from usage_key_days where ctid = any(array(
                  select ctid from usage_key_days
                   where workspace_id = {0} and day < {1} order by day limit {2}))
                """,
                val(workspace), val(LocalDate.ofInstant(before, ZoneOffset.UTC)), val(limit));
    return RemovedRows.oldest(removed, limit);
  }
}
