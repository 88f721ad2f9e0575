package dev.keywheel.run;

import dev.keywheel.key.state.PoolId;
import java.util.UUID;

/**
 * A worker's hold on a run.
 *
 * @param fence the run's token; a worker whose token is no longer the run's can write nothing
 */
public record RunFence(UUID runId, PoolId pool, long fence) {}
