package dev.keywheel.assignment;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.RunFence;

/**
 * A run that wants keys. Its lines go to the execution log's stream of the run.
 *
 * @param user who started the run, as the log names them: an e-mail
 * @param operations how many operations the log counts, 7 for an article
 * @param allOperations how many operations take a seat, 8 for an article
 * @param models the class of the models that the text operations use
 */
public record AssignmentRequest(
    RunFence run, String user, int operations, int allOperations, ModelClass models) {}
