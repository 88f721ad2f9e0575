package dev.keywheel.article.run.store;

import static dev.keywheel.db.schema.Tables.POOLS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.keywheel.article.run.model.RunState;
import dev.keywheel.key.state.PoolId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Select;

/** Which runs of a pool work, which wait for their turn, and which for a key. */
public final class RunQueue {
  private static final List<String> WORKING = List.of("planning", "running", "cancelling");

  public Optional<UUID> ofRequest(DSLContext dsl, UUID workspace, UUID requestId) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .where(RUNS.WORKSPACE_ID.eq(workspace), RUNS.REQUEST_ID.eq(requestId))
        .fetchOptional(RUNS.ID);
  }

  /** Runs of the pool that are being worked on. */
  public int working(DSLContext dsl, PoolId pool) {
    return dsl.fetchCount(
        RUNS,
        RUNS.WORKSPACE_ID.eq(pool.workspaceId()),
        RUNS.PROVIDER.eq(pool.provider()),
        RUNS.STATE.in(WORKING));
  }

  /** Queued runs of the pool, the next one first. */
  public List<UUID> queued(DSLContext dsl, PoolId pool) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .where(
            RUNS.WORKSPACE_ID.eq(pool.workspaceId()),
            RUNS.PROVIDER.eq(pool.provider()),
            RUNS.STATE.eq(RunState.QUEUED.word()))
        .orderBy(RUNS.CREATED_AT, RUNS.ID)
        .fetch(RUNS.ID);
  }

  public boolean articleBusy(DSLContext dsl, UUID articleId) {
    return dsl.fetchExists(
        RUNS, RUNS.ARTICLE_ID.eq(articleId), RUNS.STATE.in(RunState.openWords()));
  }

  /** Runs that wait for keys although their pool has gained one since. */
  public List<UUID> waitingWithGain(DSLContext dsl) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .join(POOLS)
        .on(POOLS.WORKSPACE_ID.eq(RUNS.WORKSPACE_ID), POOLS.PROVIDER.eq(RUNS.PROVIDER))
        .where(
            RUNS.STATE.eq(RunState.WAITING_KEYS.word()),
            RUNS.WAIT_VERSION.isDistinctFrom(POOLS.GAINS))
        .orderBy(RUNS.CREATED_AT, RUNS.ID)
        .fetch(RUNS.ID);
  }

  /** The ids of all runs that have not ended. */
  public static Select<Record1<String>> unfinished() {
    return select(RUNS.ID.cast(VARCHAR)).from(RUNS).where(RUNS.STATE.in(RunState.openWords()));
  }
}
