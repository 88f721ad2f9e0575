package dev.keywheel.article.run.engine;

import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.classify.StoredReply;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.OperationRepository.StoredAnswer;
import dev.keywheel.secret.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * The answers that an operation received since it began. A worker that takes the operation over
 * uses them again instead of paying for the same calls twice. An answer serves only the request
 * with the same hash. Used by one thread.
 */
final class StoredAnswers {
  /** A deadline that is not reached, because a stored reply is read without waiting. */
  private static final Duration UNUSED_DEADLINE = Duration.ofMinutes(1);

  private final List<StoredAnswer> left;
  private boolean diverged;

  private StoredAnswers(List<StoredAnswer> stored) {
    this.left = new ArrayList<>(stored);
  }

  static StoredAnswers read(DSLContext dsl, UUID runId, int ordinal) {
    return new StoredAnswers(new OperationRepository().answers(dsl, runId, ordinal));
  }

  /** When the last answered call was sent. */
  Optional<Instant> lastSentAt() {
    return left.isEmpty() ? Optional.empty() : Optional.of(left.getLast().sentAt());
  }

  /** Whether the next request is expected to be one of those that were answered. */
  boolean expected() {
    return !left.isEmpty() && !diverged;
  }

  /** The stored answer to this request; empty if the request has to be sent. */
  Optional<CallResult.Answered> answer(CallSpec spec, Provider provider) {
    for (var stored : left) {
      if (stored.requestHash().equals(spec.requestHash())) {
        left.remove(stored);
        return read(stored, spec, provider);
      }
    }
    diverged = true;
    return Optional.empty();
  }

  private static Optional<CallResult.Answered> read(
      StoredAnswer stored, CallSpec spec, Provider provider) {
    var reply =
        new StoredReply(stored.endedAt(), stored.httpStatus(), stored.body(), stored.latencyMs());
    var outcome =
        spec.call()
            .send(
                reply.insteadOf(provider),
                Secret.of("nothing is sent"),
                spec.maxTokens(),
                UNUSED_DEADLINE);
    return outcome instanceof Answer answer
        ? Optional.of(new CallResult.Answered(answer, stored.attempt()))
        : Optional.empty();
  }
}
