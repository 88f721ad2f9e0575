package dev.keywheel.run;

import dev.keywheel.key.state.PoolId;
import java.util.UUID;

/**
 * A worker's ownership of a run.
 *
 * @param fence fencing token; a worker with an outdated token cannot write
 */
public record RunFence(UUID runId, PoolId pool, long fence) {}
