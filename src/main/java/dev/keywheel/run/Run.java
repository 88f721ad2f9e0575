package dev.keywheel.run;

import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * One execution of the pipeline for an article.
 *
 * @param inputs the request, in a form defined by {@code article}
 * @param plan null until keys are assigned
 * @param operations state of each operation by its number
 * @param fence the worker's token; the worker with the highest token owns the run
 */
public record Run(
    UUID id,
    PoolId pool,
    UUID articleId,
    RunMode mode,
    JSONB inputs,
    String startedBy,
    RunState state,
    @Nullable Plan plan,
    Map<Integer, OperationState> operations,
    boolean cancelRequested,
    @Nullable Instant startedAt,
    Instant budgetSince,
    @Nullable Instant giveUpAt,
    long fence) {

  /** When the run was last retried; null when it was not retried. */
  public @Nullable Instant retriedAt() {
    return retriedAt(startedAt, budgetSince);
  }

  /**
   * When a run was last retried; null when it was not. A retry starts a new budget, so the budget
   * of a retried run begins later than the run.
   */
  public static @Nullable Instant retriedAt(
      @Nullable Instant startedAt, @Nullable Instant budgetSince) {
    boolean renewed = budgetSince != null && startedAt != null && budgetSince.isAfter(startedAt);
    return renewed ? budgetSince : null;
  }

  public RunFence runFence() {
    return new RunFence(id, pool, fence);
  }
}
