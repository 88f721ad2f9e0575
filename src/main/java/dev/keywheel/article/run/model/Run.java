package dev.keywheel.article.run.model;

import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunFence;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as its worker holds it.
 *
 * @param plan null until keys are assigned
 * @param operations state of each operation by its number
 * @param fence the worker's token: whoever has a newer one owns the run
 */
public record Run(
    UUID id,
    PoolId pool,
    UUID articleId,
    RunMode mode,
    RunInputs inputs,
    String startedBy,
    RunState state,
    @Nullable Plan plan,
    Map<Integer, OperationState> operations,
    boolean cancelRequested,
    boolean demo,
    Instant createdAt,
    @Nullable Instant startedAt,
    Instant budgetSince,
    @Nullable Instant giveUpAt,
    long fence) {

  public RunFence lease() {
    return new RunFence(id, pool, fence);
  }

  public boolean has(int operation) {
    return inputs.only() == 0 || inputs.only() == operation;
  }
}
