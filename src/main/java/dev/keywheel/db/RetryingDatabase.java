package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.COMMITTED_WRITES;

import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A database for work that must outlive a restart of PostgreSQL: what fails by a transient error is
 * repeated, and committed once only. Each transaction leaves a mark; when the connection breaks
 * during the commit, the mark tells whether it was committed.
 */
public final class RetryingDatabase extends Database {
  /** Longer than anything is repeated. */
  private static final Duration MARK_KEPT = Duration.ofHours(1);

  private static final int PART = 5_000;

  private final DatabaseRetry retry;
  private final Ids ids;
  private final InstantSource clock;

  public RetryingDatabase(Database database, DatabaseRetry retry, Ids ids, InstantSource clock) {
    super(database);
    this.retry = retry;
    this.ids = ids;
    this.clock = clock;
  }

  /** The same database, whose work may wait longer in all. */
  public RetryingDatabase within(Duration total) {
    return new RetryingDatabase(this, retry.within(total), ids, clock);
  }

  @Override
  public <T> T read(Function<DSLContext, T> statements) {
    return retry.get(() -> super.read(statements));
  }

  /** {@code work} may run several times, so it changes nothing but the database. */
  @Override
  public <T> T inTx(Function<Tx, T> work) {
    var mark = ids.next();
    var last = new AtomicReference<@Nullable Result<T>>();
    return retry.get(
        () ->
            super.inTx(
                tx -> {
                  var before = last.get();
                  if (before != null && !marked(tx, mark)) {
                    return before.value();
                  }
                  var result = work.apply(tx);
                  if (before == null) {
                    marked(tx, mark);
                  }
                  last.set(new Result<>(result));
                  return result;
                }));
  }

  /** Repeats work that other parts do on their own connections, and that may be done twice. */
  public <T> T repeat(Supplier<T> work) {
    return retry.get(work);
  }

  @Override
  public void runTx(Consumer<Tx> work) {
    inTx(
        tx -> {
          work.accept(tx);
          return true;
        });
  }

  /** Of a try that came as far as its commit. */
  private record Result<T>(T value) {}

  /**
   * Returns false when an earlier try was committed. Waits for one whose connection is gone and
   * which the server has not ended yet.
   */
  private boolean marked(Tx tx, UUID mark) {
    return tx.dsl()
            .insertInto(COMMITTED_WRITES)
            .set(COMMITTED_WRITES.ID, mark)
            .set(COMMITTED_WRITES.WRITTEN_AT, clock.instant())
            .onConflictDoNothing()
            .execute()
        == 1;
  }

  /** Removes old marks; returns when none is left. */
  public void forgetMarks() {
    var before = clock.instant().minus(MARK_KEPT);
    int removed;
    do {
      removed =
          inTx(
              tx ->
                  tx.dsl()
                      .deleteFrom(COMMITTED_WRITES)
                      .where(
                          COMMITTED_WRITES.ID.in(
                              tx.dsl()
                                  .select(COMMITTED_WRITES.ID)
                                  .from(COMMITTED_WRITES)
                                  .where(COMMITTED_WRITES.WRITTEN_AT.lt(before))
                                  .limit(PART)))
                      .execute());
    } while (removed == PART);
  }
}
