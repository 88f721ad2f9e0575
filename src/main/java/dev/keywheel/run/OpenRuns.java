package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.RUNS;
import static dev.keywheel.db.schema.Tables.RUN_SEATS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.countDistinct;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.keywheel.key.state.PoolId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Records;
import org.jooq.Select;

/** Finds runs by their state: working, queued, or waiting for keys. */
public final class OpenRuns {
  private static final List<String> WORKING =
      Stream.of(RunState.PLANNING, RunState.RUNNING, RunState.CANCELLING)
          .map(RunState::code)
          .toList();

  private static final Condition OPEN = RUNS.STATE.in(RunState.openCodes());

  public Optional<UUID> ofRequest(DSLContext dsl, UUID workspace, UUID requestId) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .where(RUNS.WORKSPACE_ID.eq(workspace), RUNS.REQUEST_ID.eq(requestId))
        .fetchOptional(RUNS.ID);
  }

  /** Number of the pool's runs in progress. */
  public int working(DSLContext dsl, PoolId pool) {
    return dsl.fetchCount(RUNS, of(pool), RUNS.STATE.in(WORKING));
  }

  /** Queued runs of the pool in queue order. */
  public List<UUID> queued(DSLContext dsl, PoolId pool) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .where(of(pool), RUNS.STATE.eq(RunState.QUEUED.code()))
        .orderBy(RUNS.CREATED_AT, RUNS.ID)
        .fetch(RUNS.ID);
  }

  /** The articles of the workspace with a run that has not ended. */
  public static Select<Record1<UUID>> busyArticles(UUID workspace) {
    return select(RUNS.ARTICLE_ID).from(RUNS).where(RUNS.WORKSPACE_ID.eq(workspace), OPEN);
  }

  /** Number of open runs with any of the given keys in their plan, and number of those keys. */
  public record RunsInFlight(int runs, int keys) {}

  public static RunsInFlight inFlight(DSLContext dsl, UUID workspace, Select<Record1<UUID>> keys) {
    return dsl.select(countDistinct(RUNS.ID), countDistinct(RUN_SEATS.KEY_ID))
        .from(RUNS)
        .join(RUN_SEATS)
        .on(RUN_SEATS.RUN_ID.eq(RUNS.ID))
        .where(RUNS.WORKSPACE_ID.eq(workspace), OPEN, RUN_SEATS.KEY_ID.in(keys))
        .fetchSingle(Records.mapping(RunsInFlight::new));
  }

  /** Whether the article has a run that has not ended. */
  public boolean articleBusy(DSLContext dsl, UUID articleId) {
    return dsl.fetchExists(RUNS, RUNS.ARTICLE_ID.eq(articleId), OPEN);
  }

  /** Whether the article has a run that has neither ended nor been cancelled. */
  public boolean hasUncancelled(DSLContext dsl, UUID articleId) {
    return dsl.fetchExists(
        RUNS, RUNS.ARTICLE_ID.eq(articleId), OPEN, RUNS.CANCEL_REQUESTED.isFalse());
  }

  /**
   * A run that waits for keys.
   *
   * @param gainedKeys the pool's counter of gained keys when the wait began or when the run last
   *     found no place
   */
  public record WaitingRun(UUID id, PoolId pool, long gainedKeys) {}

  /** All runs that wait for keys, oldest first. */
  public List<WaitingRun> waiting(DSLContext dsl) {
    return dsl.select(RUNS.ID, RUNS.WORKSPACE_ID, RUNS.PROVIDER, coalesce(RUNS.WAIT_VERSION, -1L))
        .from(RUNS)
        .where(RUNS.STATE.eq(RunState.WAITING_KEYS.code()))
        .orderBy(RUNS.CREATED_AT, RUNS.ID)
        .fetch(r -> new WaitingRun(r.value1(), new PoolId(r.value2(), r.value3()), r.value4()));
  }

  /** The ids of the workspace's runs that have not ended. */
  public static Select<Record1<UUID>> unfinished(UUID workspace) {
    return select(RUNS.ID).from(RUNS).where(RUNS.WORKSPACE_ID.eq(workspace), OPEN);
  }

  /** The ids of all runs that have not ended. */
  public static Select<Record1<String>> unfinished() {
    return select(RUNS.ID.cast(VARCHAR)).from(RUNS).where(OPEN);
  }

  private static Condition of(PoolId pool) {
    return RUNS.WORKSPACE_ID.eq(pool.workspaceId()).and(RUNS.PROVIDER.eq(pool.provider()));
  }
}
