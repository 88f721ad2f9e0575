package dev.keywheel.assignment;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.RunFence;

/**
 * A request for a run's keys. Its lines go to the run's log stream.
 *
 * @param user who started the run, named in the log by email address
 * @param operations number of operations that the log counts, 7 for an article
 * @param allOperations number of operations that take a seat, 8 for an article
 * @param models model class of the text operations
 */
public record AssignmentRequest(
    RunFence run, String user, int operations, int allOperations, ModelClass models) {}
