package dev.keywheel.article.view;

import dev.keywheel.provider.Evidence;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as a page shows it.
 *
 * @param number number of the run in the installation, by which users refer to it
 * @param reason why it waits, failed or has gaps; a sentence, or null
 * @param waitUntil when a run that waits for keys tries again
 * @param placeInQueue position in the queue, 1 for the next run to start; 0 when it is not queued
 *     or may start now
 * @param seats the keys that serve it, in position order; empty before the plan is made
 * @param operations always eight, in order
 * @param gaps what the article lacks, as sentences
 * @param calls calls sent to the provider, all attempts counted
 * @param cost the cost in US dollars, as far as the provider reported it
 * @param retryAt when an ended run is retried automatically
 * @param only number of the one operation the run is for; 0 when it is for the whole article
 * @param retriedAt when it was last retried; null when it never was
 * @param resumedAt when a worker last took it over from an interrupted worker; null when none did
 */
public record RunView(
    UUID id,
    long number,
    UUID articleId,
    String topic,
    String provider,
    RunMode mode,
    RunState state,
    @Nullable String reason,
    @Nullable Instant waitUntil,
    int placeInQueue,
    List<SeatView> seats,
    List<OperationView> operations,
    List<String> gaps,
    boolean demo,
    String startedBy,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    int calls,
    long tokens,
    BigDecimal cost,
    int only,
    @Nullable Instant retryAt,
    @Nullable Instant retriedAt,
    @Nullable Instant resumedAt) {

  /** Operations that ended with something for the page. */
  public long done() {
    return operationsInScope().stream().filter(o -> o.state().delivered()).count();
  }

  /** Operations that the run is for: all eight, or the one of a part. */
  public List<OperationView> operationsInScope() {
    return operations.stream().filter(o -> only == 0 || o.ordinal() == only).toList();
  }

  public boolean canCancel() {
    return !state.ended() && state != RunState.CANCELLING;
  }

  /** Whether the run has ended and will be retried automatically. */
  public boolean canCancelRetry() {
    return state.ended() && retryAt != null;
  }

  /** Whether the run has ended and one of its operations did not succeed. */
  public boolean canRetry() {
    return state.ended() && operationsInScope().stream().anyMatch(o -> !o.state().delivered());
  }

  /** A seat of the plan: position from 1. */
  public record SeatView(int position, UUID keyId, String keyName) {}

  /**
   * An operation.
   *
   * @param keyName name of the key last assigned to it; before its start that of the planned key,
   *     null before the plan
   * @param waitUntil time of its next call while it waits for a busy model; {@code waitReason} is
   *     the reason, without a full stop
   * @param attempts every call, in order
   */
  public record OperationView(
      int ordinal,
      String name,
      OperationState state,
      @Nullable UUID keyId,
      @Nullable String keyName,
      List<String> warnings,
      @Nullable String error,
      boolean gap,
      @Nullable Instant startedAt,
      @Nullable Instant endedAt,
      @Nullable Instant waitUntil,
      @Nullable String waitReason,
      List<AttemptView> attempts) {}

  /**
   * One call.
   *
   * @param outcome the stored code of the outcome; null if there is none
   * @param maxTokens requested limit of completion tokens; 0 for the model's own limit, null if
   *     unknown
   */
  public record AttemptView(
      long id,
      int no,
      AttemptCause cause,
      UUID keyId,
      String keyName,
      String model,
      AttemptState state,
      @Nullable Integer httpStatus,
      @Nullable String outcome,
      @Nullable Integer promptTokens,
      @Nullable Integer completionTokens,
      @Nullable BigDecimal cost,
      @Nullable Integer latencyMs,
      Instant sentAt,
      @Nullable Integer maxTokens) {}

  /**
   * The answer to one call.
   *
   * @param text the unmodified reply; empty when none is kept
   * @param evidence null when the outcome of the call is unknown
   * @param reasoningTokens completion tokens that the model used for reasoning
   */
  public record AttemptReply(String text, @Nullable Evidence evidence, int reasoningTokens) {}
}
