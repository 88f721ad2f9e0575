package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Deletes old previews and reports of imports, except those that a job still works on. */
public final class ImportRetention {
  /** The maximum number of rows per statement; low, because a report may have 20,000 lines. */
  private static final int PART = 200;

  private ImportRetention() {}

  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int part = Math.min(limit, PART);
    int removed =
        tx.dsl()
            .deleteFrom(KEY_IMPORTS)
            .where(
                KEY_IMPORTS.ID.in(
                    select(KEY_IMPORTS.ID)
                        .from(KEY_IMPORTS)
                        .where(KEY_IMPORTS.WORKSPACE_ID.eq(workspace))
                        .and(KEY_IMPORTS.CREATED_AT.lt(before))
                        .and(KEY_IMPORTS.BEGUN_AT.isNull().or(KEY_IMPORTS.CONFIRMED_AT.isNotNull()))
                        .orderBy(KEY_IMPORTS.CREATED_AT)
                        .limit(part)))
            .execute();
    return RemovedRows.oldest(removed, part);
  }
}
