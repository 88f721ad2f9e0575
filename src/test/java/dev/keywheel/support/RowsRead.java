package dev.keywheel.support;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import java.util.function.Consumer;
import org.jooq.DSLContext;

/** Counts the rows that PostgreSQL reads from tables by scans or through indexes. */
public final class RowsRead {
  private RowsRead() {}

  /**
   * The number of rows of these tables that {@code work} reads; runs it in a separate transaction.
   */
  public static long by(Database database, Consumer<DSLContext> work, String... tables) {
    return byTx(database, tx -> work.accept(tx.dsl()), tables);
  }

  /** Like {@link #by}, for work that needs a transaction. */
  public static long byTx(Database database, Consumer<Tx> work, String... tables) {
    return database.inTx(
        tx -> {
          long before = soFar(tx.dsl(), tables);
          work.accept(tx);
          return soFar(tx.dsl(), tables) - before;
        });
  }

  private static long soFar(DSLContext dsl, String... tables) {
    return dsl.fetchSingle(
            "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)"
                + " from pg_stat_xact_user_tables where relname = any ({0})",
            val(tables))
        .get(0, Long.class);
  }
}
