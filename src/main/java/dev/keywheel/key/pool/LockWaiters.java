package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Stopping;
import java.time.Duration;
import java.util.List;

/**
 * The transactions that wait for row locks of the current transaction. PostgreSQL does not reserve
 * a released lock for a waiting transaction: the first transaction that requests it after the
 * release gets it. A job that locks the pools again immediately would get the lock before a waiting
 * transaction wakes up, and the waiting transaction would time out.
 */
public final class LockWaiters {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(10);

  /** The maximum number of polls before the job continues; a waiting transaction may last long. */
  private static final int MAX_POLLS = 300;

  /** Identifies a transaction by its backend process and its start, because a process runs many. */
  private static final String TRANSACTION = "pid || ' ' || extract(epoch from xact_start)";

  private final List<String> transactions;

  private LockWaiters(List<String> transactions) {
    this.transactions = transactions;
  }

  /** The transactions that wait now. Call it last in a transaction that has locked the pools. */
  public static LockWaiters of(Tx tx) {
    return new LockWaiters(
        tx.dsl()
            .fetch(
                """
                select %s from pg_stat_activity
                 where xact_start is not null and pid in (
                   select other.pid
                     from pg_locks as mine, pg_locks as other
                    where mine.pid = pg_backend_pid() and mine.locktype = 'transactionid'
                      and not other.granted
                      and (other.transactionid = mine.transactionid
                        or other.locktype = 'tuple' and other.relation = 'pools'::regclass))\
                """
                    .formatted(TRANSACTION))
            .map(row -> row.get(0, String.class)));
  }

  /** Waits a few seconds at most until the transactions have ended or the node begins to stop. */
  public void awaitEnd(Database database, Stopping stopping) {
    for (int look = 0; look < MAX_POLLS && !transactions.isEmpty(); look++) {
      if (stopping.await(POLL_INTERVAL) || ended(database)) {
        return;
      }
    }
  }

  private boolean ended(Database database) {
    return database.read(
        dsl ->
            dsl.fetch(
                    "select from pg_stat_activity where %s = any ({0})".formatted(TRANSACTION),
                    val(transactions.toArray(String[]::new)))
                .isEmpty());
  }
}
