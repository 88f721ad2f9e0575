package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.COMMITTED_WRITES;

import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Retries transactions on transient errors and commits each exactly once, so that work survives a
 * restart of PostgreSQL. Each transaction writes a marker row; if the connection breaks during the
 * commit, the marker tells whether it was committed.
 */
public final class RetryingDatabase extends Database {
  /** Minimum age of a marker row that is removed, longer than any retry lasts. */
  private static final Duration MIN_MARKER_AGE = Duration.ofHours(1);

  private static final int MARKERS_AT_ONCE = 5_000;

  private final DatabaseRetry retry;
  private final Ids ids;
  private final InstantSource clock;

  public RetryingDatabase(Database database, DatabaseRetry retry, Ids ids, InstantSource clock) {
    super(database);
    this.retry = retry;
    this.ids = ids;
    this.clock = clock;
  }

  /** The same database with another limit of the total time spent waiting between retries. */
  public RetryingDatabase within(Duration total) {
    return new RetryingDatabase(this, retry.within(total), ids, clock);
  }

  @Override
  public <T> T read(Function<DSLContext, T> statements) {
    return retry.get(() -> super.read(statements));
  }

  /** {@code work} may run several times, so it must change nothing but the database. */
  @Override
  public <T> T inTx(Function<Tx, T> work) {
    var mark = ids.next();
    var last = new AtomicReference<@Nullable Result<T>>();
    return retry.get(
        () ->
            super.inTx(
                tx -> {
                  var before = last.get();
                  if (before != null && !insertMarker(tx, mark)) {
                    return before.value();
                  }
                  var result = work.apply(tx);
                  if (before == null) {
                    insertMarker(tx, mark);
                  }
                  last.set(new Result<>(result));
                  return result;
                }));
  }

  /** Retries idempotent work that uses its own connections. */
  public <T> T repeat(Supplier<T> work) {
    return retry.get(work);
  }

  /** The result of an attempt that reached its commit. */
  private record Result<T>(T value) {}

  /**
   * Inserts the marker row; returns false when an earlier attempt was committed. Waits for an
   * attempt whose connection is lost but whose transaction the server has not ended yet.
   */
  private boolean insertMarker(Tx tx, UUID mark) {
    return tx.dsl()
            .insertInto(COMMITTED_WRITES)
            .set(COMMITTED_WRITES.ID, mark)
            .set(COMMITTED_WRITES.WRITTEN_AT, clock.instant())
            .onConflictDoNothing()
            .execute()
        == 1;
  }

  public void removeOldMarkers() {
    var before = clock.instant().minus(MIN_MARKER_AGE);
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
                                  .limit(MARKERS_AT_ONCE)))
                      .execute());
    } while (removed == MARKERS_AT_ONCE);
  }
}
