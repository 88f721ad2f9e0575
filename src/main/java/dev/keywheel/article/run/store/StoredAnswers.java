package dev.keywheel.article.run.store;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;

import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.classify.StoredReply;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Gzip;
import dev.keywheel.secret.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * The answers that an operation was given since it began. A worker that takes the operation over
 * uses them again instead of paying for the same calls twice. Each serves only the request that it
 * answered, which the request's hash tells. Used by one thread.
 */
public final class StoredAnswers {
  /** A stored reply is read as fast as it can be; the request wants a deadline. */
  private static final Duration UNUSED_DEADLINE = Duration.ofMinutes(1);

  private record Stored(String requestHash, Instant sentAt, Attempt attempt, StoredReply reply) {}

  private final List<Stored> left;
  private boolean diverged;

  private StoredAnswers(List<Stored> stored) {
    this.left = new ArrayList<>(stored);
  }

  public static StoredAnswers read(DSLContext dsl, UUID runId, int ordinal) {
    return new StoredAnswers(
        dsl.select(
                ATTEMPTS.ID,
                ATTEMPTS.NO,
                ATTEMPTS.KEY_ID,
                ATTEMPTS.KEY_NAME,
                ATTEMPTS.MODEL,
                ATTEMPTS.REQUEST_HASH,
                ATTEMPTS.SENT_AT,
                ATTEMPTS.ENDED_AT,
                ATTEMPTS.HTTP_STATUS,
                ATTEMPTS.LATENCY_MS,
                ATTEMPTS.RAW)
            .from(ATTEMPTS)
            .join(OPERATIONS)
            .on(OPERATIONS.RUN_ID.eq(ATTEMPTS.RUN_ID), OPERATIONS.ORDINAL.eq(ATTEMPTS.ORDINAL))
            .where(
                ATTEMPTS.RUN_ID.eq(runId),
                ATTEMPTS.ORDINAL.eq(ordinal),
                ATTEMPTS.OUTCOME.eq("answer"),
                ATTEMPTS.RAW.isNotNull(),
                ATTEMPTS.SENT_AT.ge(OPERATIONS.STARTED_AT))
            .orderBy(ATTEMPTS.NO)
            .fetch(StoredAnswers::stored));
  }

  private static Stored stored(Record row) {
    var attempt =
        new Attempt(
            row.get(ATTEMPTS.ID),
            row.get(ATTEMPTS.NO),
            row.get(ATTEMPTS.KEY_ID),
            row.get(ATTEMPTS.KEY_NAME),
            row.get(ATTEMPTS.MODEL),
            0);
    var reply =
        new StoredReply(
            Objects.requireNonNullElse(row.get(ATTEMPTS.ENDED_AT), row.get(ATTEMPTS.SENT_AT)),
            Objects.requireNonNullElse(row.get(ATTEMPTS.HTTP_STATUS), 200),
            Gzip.expand(row.get(ATTEMPTS.RAW)),
            Objects.requireNonNullElse(row.get(ATTEMPTS.LATENCY_MS), 0));
    return new Stored(row.get(ATTEMPTS.REQUEST_HASH), row.get(ATTEMPTS.SENT_AT), attempt, reply);
  }

  /** When the last of them was sent. */
  public Optional<Instant> lastSentAt() {
    return left.isEmpty() ? Optional.empty() : Optional.of(left.getLast().sentAt());
  }

  /** Whether the next request is expected to be one of those that were answered. */
  public boolean expected() {
    return !left.isEmpty() && !diverged;
  }

  /** The stored answer to this very request; empty when it has to be sent. */
  public Optional<CallResult.Answered> answer(CallSpec spec, Provider provider) {
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
      Stored stored, CallSpec spec, Provider provider) {
    var outcome =
        spec.call()
            .send(
                stored.reply().insteadOf(provider),
                Secret.of("nothing is sent"),
                spec.maxTokens(),
                UNUSED_DEADLINE);
    return outcome instanceof Answer answer
        ? Optional.of(new CallResult.Answered(answer, stored.attempt()))
        : Optional.empty();
  }
}
