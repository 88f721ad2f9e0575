package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Records;
import org.jooq.impl.DSL;

/** Queries about runs for other packages. */
public final class RunQueries {
  private RunQueries() {}

  /** Number of keys a run has used, and the cost of its calls in US dollars. */
  public record Spent(int keys, BigDecimal cost) {}

  public static Spent spent(DSLContext dsl, UUID runId) {
    var keys =
        DSL.field(
            DSL.select(DSL.countDistinct(ATTEMPTS.KEY_ID))
                .from(ATTEMPTS)
                .where(ATTEMPTS.RUN_ID.eq(RUNS.ID)));
    return dsl.select(keys, RUNS.COST)
        .from(RUNS)
        .where(RUNS.ID.eq(runId))
        .fetchSingle(Records.mapping(Spent::new));
  }

  public static Map<UUID, Long> numbers(DSLContext dsl, Collection<UUID> ids) {
    return dsl.select(RUNS.ID, RUNS.NUMBER)
        .from(RUNS)
        .where(RUNS.ID.in(ids))
        .fetchMap(RUNS.ID, RUNS.NUMBER);
  }

  /** The newest run of an article. */
  public static Optional<Last> last(DSLContext dsl, UUID articleId) {
    return last(dsl, articleId, DSL.noCondition());
  }

  /** The newest run for a whole article. */
  public static Optional<Last> lastWhole(DSLContext dsl, UUID articleId) {
    return last(dsl, articleId, RUNS.KIND.ne("part"));
  }

  /** The newest run for a whole article in which this operation delivered its part. */
  public static Optional<Last> lastDelivered(DSLContext dsl, UUID articleId, int ordinal) {
    var delivered =
        selectOne()
            .from(OPERATIONS)
            .where(
                OPERATIONS.RUN_ID.eq(RUNS.ID),
                OPERATIONS.ORDINAL.eq(ordinal),
                OPERATIONS.STATE.in(OperationState.deliveredCodes()));
    return last(dsl, articleId, RUNS.KIND.ne("part").and(exists(delivered)));
  }

  private static Optional<Last> last(DSLContext dsl, UUID articleId, Condition which) {
    return dsl.select(
            RUNS.ID,
            RUNS.STATE.convertFrom(RunState::of),
            RUNS.PROVIDER,
            RUNS.MODE.convertFrom(RunMode::of),
            RUNS.INPUTS)
        .from(RUNS)
        .where(RUNS.ARTICLE_ID.eq(articleId), which)
        .orderBy(RUNS.CREATED_AT.desc(), RUNS.ID.desc())
        .limit(1)
        .fetchOptional(Records.mapping(Last::new));
  }

  public record Last(UUID id, RunState state, String provider, RunMode mode, JSONB inputs) {}

  /** The run's data that the execution log shows. */
  public record LogOwner(long number, RunState state) {}

  public static Map<UUID, LogOwner> logOwners(DSLContext dsl, Collection<UUID> ids) {
    return dsl.select(RUNS.ID, RUNS.NUMBER, RUNS.STATE)
        .from(RUNS)
        .where(RUNS.ID.in(ids))
        .fetchMap(RUNS.ID, r -> new LogOwner(r.value2(), RunState.of(r.value3())));
  }

  public static Optional<UUID> findByNumber(DSLContext dsl, UUID workspace, long number) {
    return dsl.select(RUNS.ID)
        .from(RUNS)
        .where(RUNS.WORKSPACE_ID.eq(workspace), RUNS.NUMBER.eq(number))
        .fetchOptional(RUNS.ID);
  }

  /** The number of automatic retries since a user last started or retried the run. */
  public static int retries(DSLContext dsl, UUID runId) {
    return dsl.select(RUNS.RETRIES).from(RUNS).where(RUNS.ID.eq(runId)).fetchSingle(RUNS.RETRIES);
  }

  /**
   * The time of the next automatic retry of an ended run; empty when none is planned, or when
   * another run of the article was started or retried since then, whose result the retry would
   * replace.
   */
  public static Optional<Instant> retryAt(DSLContext dsl, UUID runId) {
    var newer = RUNS.as("newer");
    return dsl.select(RUNS.RETRY_AT)
        .from(RUNS)
        .where(
            RUNS.ID.eq(runId),
            RUNS.RETRY_AT.isNotNull(),
            notExists(
                selectOne()
                    .from(newer)
                    .where(
                        newer.ARTICLE_ID.eq(RUNS.ARTICLE_ID),
                        newer.BUDGET_SINCE.gt(RUNS.BUDGET_SINCE))))
        .fetchOptional(RUNS.RETRY_AT);
  }
}
