package dev.keywheel.gateway.call;

import dev.keywheel.gateway.call.SeatRefusal.Cause;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.classify.ErrorTypes;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.rotation.OutcomeText;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Collects the refusals and failures of one call, and decides which of them is reported to the
 * client if no attempt succeeds: a refusal, or the failure of the last attempt.
 */
final class FailureReport {
  private final Set<UUID> refusedKeys = new HashSet<>();
  private @Nullable CallOutcome failure;

  /** Why no key was assigned since the last attempt: the refusal that ends first. */
  private @Nullable SeatRefusal latest;

  /** The refusal of all targets so far that ends first; the last one if no end is known. */
  private @Nullable SeatRefusal soonest;

  /** Records that an attempt got a key. */
  void recordKey() {
    latest = null;
  }

  void recordFailure(CallOutcome outcome, UUID key) {
    failure = outcome;
    if (outcome instanceof KeySuspect suspect && !suspect.modelSuspected()) {
      refusedKeys.add(key);
    } else if (isOfRefusedModel(outcome)) {
      refusedKeys.clear();
    }
  }

  /**
   * Keys that the provider refused for all models. Later targets exclude them too, because the
   * background checks of these keys may still be running.
   */
  Set<UUID> refusedKeys() {
    return refusedKeys;
  }

  /** Whether the provider refuses the model with every key although it accepts the keys. */
  static boolean isOfRefusedModel(CallOutcome outcome) {
    return outcome instanceof ModelError error && error.kind() == ModelErrorKind.FORBIDDEN;
  }

  /** The failure of the last attempt; null before the first one. */
  @Nullable CallOutcome failure() {
    return failure;
  }

  void recordRefusal(SeatRefusal refusal) {
    latest = refusal.orSooner(refusal.isFinal() ? null : latest);
    soonest = latest.orSooner(refusal.isFinal() ? null : soonest);
  }

  /**
   * Records that a target cannot serve the request; this is reported only without other reasons.
   */
  void recordUnsupported(SeatRefusal refusal) {
    if (soonest == null && failure == null) {
      recordRefusal(refusal);
    }
  }

  /**
   * Records the refusal of a request that continues an earlier response, for which it needs a key
   * of the account that created the response. The client is told to send the whole conversation
   * unless the reason is a pause, a limit or a busy key.
   *
   * @param createdHere whether the provider of the target created the response
   */
  void recordContinuationRefusal(SeatRefusal refusal, boolean createdHere) {
    if (refusal.isFinal()) {
      recordRefusal(refusal);
    } else if (createdHere) {
      recordRefusal(refusal.end() == null ? ofContinuation(refusal) : refusal);
    } else if (latest == null && (failure == null || !isOfUnknownCause(failure))) {
      recordRefusal(SeatRefusal.ofKeys(GatewayErrors.noResponse()));
    }
  }

  private SeatRefusal ofContinuation(SeatRefusal refusal) {
    if (!(failure instanceof KeyLimited(var limit, _, _, _))) {
      return SeatRefusal.ofKeys(GatewayErrors.noResponse());
    }
    Instant until = limit.until();
    return until == null || isOfUnknownCause(failure) ? refusal : SeatRefusal.allLimited(until);
  }

  /**
   * The refusal to report; empty if the failure of the last attempt is reported instead, because it
   * concerns the request or the whole provider, and not only a key of the pool.
   */
  Optional<SeatRefusal> refusal() {
    boolean paused = latest != null && latest.cause() == Cause.PAUSE;
    boolean ofPool =
        failure == null
            || (failure instanceof KeyRefusal && !isShared(failure))
            || (isOutage(failure) && paused);
    // A later attempt got a key, and no refusal before it tells when to repeat the request.
    boolean overtaken = latest == null && soonest != null && soonest.end() == null;
    return ofPool && !overtaken ? Optional.ofNullable(soonest) : Optional.empty();
  }

  /** The error of a trial without an answer within its time. */
  GatewayError timeoutError(Duration within) {
    String last =
        failure == null ? "" : " The last attempt: " + OutcomeText.sentence(failure) + ".";
    return GatewayError.of(
        ErrorKind.UPSTREAM_TIMEOUT,
        "A test request ends after %s s. No model has answered in this time.%s"
            .formatted(within.toSeconds(), last));
  }

  /**
   * Whether a refusal of unknown cause is attributed to the request or the provider, not to the
   * key. If all other keys are limited, it is attributed to the key.
   */
  private boolean isShared(CallOutcome failed) {
    return isOfUnknownCause(failed)
        && (latest == null || latest.error().kind() == ErrorKind.NO_KEY);
  }

  /**
   * Whether the provider refused the call without saying why, with a rate limit or the status 402
   * or 403: the cause may be the request or the provider as well as the key.
   */
  static boolean isOfUnknownCause(CallOutcome outcome) {
    return outcome instanceof KeyLimited limited
        ? limited.assumed() || limited.limit().reason() == KeyReason.RATE
        : outcome instanceof KeySuspect suspect && suspect.modelSuspected();
  }

  /**
   * The meaning of an error after the start of an answer. The provider had accepted the key by
   * then, so a rate limit without a cause is not taken as a limit of the key, and only a check
   * decides whether its credit is used up.
   */
  static CallOutcome afterStart(CallOutcome read, Observation answer) {
    if (read instanceof KeyLimited(var limit, _, _, var metadata)) {
      return switch (limit.reason()) {
        case RATE -> new ModelError(ModelErrorKind.CHOICE_ERROR, null, metadata);
        case CREDITS -> new KeySuspect(true, metadata);
        default -> read;
      };
    }
    return isOfUnknownCause(read) && ErrorTypes.isWithoutStatus(answer)
        ? new ModelError(ModelErrorKind.CHOICE_ERROR, null, read.metadata())
        : read;
  }

  /** Whether the provider failed, so that another request may be answered after the outage. */
  private static boolean isOutage(CallOutcome outcome) {
    return outcome instanceof Transient || outcome instanceof Unreachable;
  }
}
