package dev.keywheel.key.state;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.CheckOutcome.Inconclusive;
import dev.keywheel.provider.CheckOutcome.Malformed;
import dev.keywheel.provider.CheckOutcome.Unauthorized;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The whole state of a key, and how each observation changes it. Reads no clock and does no I/O.
 *
 * <p>An answer to a call never makes a key failed; only a key check does. The exception is a key
 * with characters that no key can have, which is found before anything is sent.
 *
 * <p>A check that succeeds lifts every limit that its facts do not report, even before {@code
 * until}, because {@code GET /key} cannot show a balance or a limit per minute. A key that is tried
 * too early costs only one refused call, which counts against no limit. Exceptions are a daily
 * limit that {@linkplain Limit#outlasts outlasts} the check, a limit per minute while the daily
 * calls are used up, and lack of credit if none was ever bought. The answer to a call or check does
 * not lift a limit that began after the request was sent.
 *
 * @param backoffSteps by reason, the number of times in a row that a limit without an end from the
 *     provider was observed, or that a check after its end was inconclusive; reset by a call that
 *     succeeds, but not by a check
 */
public record KeyState(
    boolean enabled,
    @Nullable Failure failure,
    List<Limit> limits,
    Map<KeyReason, Integer> backoffSteps) {

  public KeyState {
    limits = List.copyOf(limits);
    backoffSteps = Map.copyOf(backoffSteps);
  }

  /** The state of a key that was just added: active and untested. */
  public static KeyState fresh() {
    return new KeyState(true, null, List.of(), Map.of());
  }

  /** The status that is shown and counted, for the models of the text operations. */
  public record ShownStatus(
      KeyStatus status,
      @Nullable KeyReason reason,
      @Nullable Evidence evidence,
      @Nullable Instant until) {
    private static final ShownStatus ACTIVE = new ShownStatus(KeyStatus.ACTIVE, null, null, null);
  }

  public ShownStatus shown(ModelClass text) {
    if (!enabled) {
      return new ShownStatus(KeyStatus.DISABLED, null, null, null);
    }
    if (failure != null) {
      return new ShownStatus(KeyStatus.FAILED, failure.reason(), failure.evidence(), null);
    }
    Limit last = Limit.last(limits, text);
    return last == null
        ? ShownStatus.ACTIVE
        : new ShownStatus(KeyStatus.RATE_LIMITED, last.reason(), last.evidence(), last.until());
  }

  public boolean usableFor(ModelClass models) {
    return enabled && failure == null && Limit.last(limits, models) == null;
  }

  /**
   * When the next check is due ({@link Limit#firstEnd}). Empty for a key without limits, a disabled
   * key and a failed key ({@link RecheckSchedule#ofFailed}).
   */
  public Optional<Instant> checkDue() {
    return enabled && failure == null ? Limit.firstEnd(limits) : Optional.empty();
  }

  public KeyState enabled(boolean on) {
    return new KeyState(on, failure, limits, backoffSteps);
  }

  /** The state after a call to a model of this class. */
  public KeyState after(CallOutcome outcome, ModelClass models, Instant now) {
    return switch (outcome) {
      case CallOutcome.Answer a -> succeeded(models, sentAt(a.evidence(), a.latencyMs()), now);
      case CallOutcome.KeyLimited l -> limited(l.limit(), l.evidence(), l.latencyMs(), now);
      case CallOutcome.KeyMalformed m -> failed(KeyReason.MALFORMED, m.evidence(), now);
      case CallOutcome.InsufficientCredit t -> insufficientCredit(t, now);
      case CallOutcome.KeySuspect s -> this;
      case CallOutcome.ModelError t -> this;
      case CallOutcome.RequestError f -> this;
      case CallOutcome.Transient t -> this;
      case CallOutcome.TimedOut t -> this;
      case CallOutcome.Unreachable u -> this;
      case CallOutcome.AddressBlocked b -> this;
    };
  }

  /** The state after a key check. The check was repeated if the provider first refused the key. */
  public KeyState after(CheckOutcome outcome, Instant now) {
    return switch (outcome) {
      case Accepted accepted ->
          checked(accepted.facts(), accepted.evidence(), accepted.latencyMs(), now);
      case Unauthorized refused -> failed(KeyReason.INVALID, refused.evidence(), now);
      case Malformed malformed -> failed(KeyReason.MALFORMED, malformed.evidence(), now);
      case Inconclusive inconclusive -> postponed(inconclusive, now);
    };
  }

  /**
   * The first limit of the whole account that was observed since {@code before}. It also applies to
   * the account's other keys, but a limit that a check of this key only prolonged does not.
   */
  public Optional<Limit> newAccountLimit(KeyState before) {
    return limits.stream()
        .filter(limit -> limit.reach() == LimitScope.ACCOUNT)
        .filter(limit -> before.limits.stream().noneMatch(limit::isSameObservation))
        .findFirst();
  }

  /** The state with a limit that another key of the account has reached. */
  public KeyState sharing(Limit limit) {
    return withLimit(limit, backoffSteps);
  }

  /** The state without the limits for this reason, which the key did not cause. */
  public KeyState without(KeyReason reason) {
    var next = new ArrayList<>(limits);
    next.removeIf(limit -> limit.reason() == reason);
    var steps = new TreeMap<>(backoffSteps);
    steps.remove(reason);
    return new KeyState(enabled, failure, next, steps);
  }

  private KeyState succeeded(ModelClass models, Instant sentAt, Instant now) {
    Failure left = failure != null && isAfter(failure.since(), sentAt, now) ? failure : null;
    var next = new ArrayList<>(limits);
    next.removeIf(limit -> limit.appliesTo(models) && !isAfter(limit.since(), sentAt, now));
    var steps = new TreeMap<>(backoffSteps);
    steps.keySet().retainAll(next.stream().map(Limit::reason).toList());
    return new KeyState(enabled, left, next, steps);
  }

  private KeyState limited(ObservedLimit seen, Evidence evidence, int latencyMs, Instant now) {
    Optional<Limit> running =
        limits.stream()
            .filter(
                l ->
                    l.limitClass() == seen.limitClass()
                        && l.reach() == seen.reach()
                        && l.reason() == seen.reason())
            .findFirst();
    // The call was sent before the limit began, so its refusal is no further backoff step.
    boolean sameWave =
        running.isPresent() && isAfter(running.get().since(), sentAt(evidence, latencyMs), now);
    int step = backoffSteps.getOrDefault(seen.reason(), 0);
    Instant until =
        RecheckSchedule.after(
            seen.reason(), seen.until(), sameWave ? Math.max(step - 1, 0) : step, now);
    // An account may have many keys, and each refusal that changes its limit writes all of them.
    if (sameWave && !running.get().until().isBefore(until)) {
      return this;
    }
    var steps = new TreeMap<>(backoffSteps);
    if (!sameWave && seen.until() == null) {
      steps.put(seen.reason(), step + 1);
    }
    return withLimit(limit(seen, evidence, now, until), steps);
  }

  private KeyState insufficientCredit(CallOutcome.InsufficientCredit answer, Instant now) {
    if (!answer.isTooLow()) {
      return this;
    }
    var observedLimit =
        new ObservedLimit(LimitScope.KEY, LimitClass.PAID, KeyReason.LOW_CREDIT, null);
    return limited(observedLimit, answer.evidence(), answer.latencyMs(), now);
  }

  private KeyState failed(KeyReason reason, Evidence evidence, Instant now) {
    Instant since = failure != null && failure.reason() == reason ? failure.since() : now;
    return new KeyState(enabled, new Failure(reason, evidence, since), limits, backoffSteps);
  }

  private KeyState checked(KeyInfo facts, Evidence evidence, int latencyMs, Instant now) {
    if (facts.managementKey()) {
      return failed(KeyReason.MANAGEMENT_KEY, evidence, now);
    }
    if (facts.expired(now)) {
      return failed(KeyReason.EXPIRED, evidence, now);
    }
    Instant sentAt = sentAt(evidence, latencyMs);
    Failure left = failure != null && isAfter(failure.since(), sentAt, now) ? failure : null;
    var next = new ArrayList<Limit>();
    for (Limit limit : limits) {
      if (isAfter(limit.since(), sentAt, now)
          || limit.outlasts(facts, now)
          || (facts.freeDayUsedUp() && limit.isPerMinute() && limit.until().isAfter(now))) {
        next.add(limit);
      } else if (facts.freeTier() && outOfCredit(limit)) {
        next.add(limit.withEstimatedEnd(RecheckSchedule.after(limit.reason(), null, 0, now)));
      }
    }
    KeyState state = new KeyState(enabled, left, next, backoffSteps);
    for (ObservedLimit seen : reportedLimits(facts, now)) {
      Instant until = RecheckSchedule.after(seen.reason(), seen.until(), 0, now);
      Limit limit = limit(seen, evidence, sinceOf(seen, now), until);
      if (next.stream().noneMatch(other -> other.isSameKind(limit) && other.outlasts(facts, now))) {
        state = state.withLimit(limit, backoffSteps);
      }
    }
    return state;
  }

  private static Limit limit(ObservedLimit seen, Evidence evidence, Instant since, Instant until) {
    boolean named = seen.until() != null;
    return new Limit(seen.limitClass(), seen.reach(), seen.reason(), evidence, since, until, named);
  }

  /** Whether the limit is a lack of credit. Without any purchase, a check does not lift it. */
  private static boolean outOfCredit(Limit limit) {
    return limit.limitClass() == LimitClass.PAID && limit.reason() == KeyReason.CREDITS;
  }

  /**
   * The limits that the facts report. A used-up daily count in the facts can be a minute old, so an
   * observed limit per minute is better evidence.
   */
  private List<ObservedLimit> reportedLimits(KeyInfo facts, Instant now) {
    var found = new ArrayList<ObservedLimit>();
    if (facts.spent()) {
      Instant opens = facts.limitOpensAt(now).orElse(null);
      found.add(new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, opens));
    }
    if (facts.freeDayUsedUp() && limits.stream().noneMatch(Limit::isPerMinute)) {
      found.add(new ObservedLimit(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, null));
    }
    return found;
  }

  private Instant sinceOf(ObservedLimit seen, Instant now) {
    return limits.stream()
        .filter(limit -> limit.reason() == seen.reason())
        .map(Limit::since)
        .findFirst()
        .orElse(now);
  }

  /** Extends the limits that have ended, so that an inconclusive check is repeated later. */
  private KeyState postponed(Inconclusive outcome, Instant now) {
    var steps = new TreeMap<>(backoffSteps);
    var next = new ArrayList<Limit>();
    for (Limit limit : limits) {
      if (limit.until().isAfter(now)) {
        next.add(limit);
      } else {
        int step = steps.merge(limit.reason(), 1, Integer::sum) - 1;
        Instant asked = outcome.retryAfter() == null ? null : now.plus(outcome.retryAfter());
        next.add(limit.withEstimatedEnd(RecheckSchedule.afterInconclusive(asked, step, now)));
      }
    }
    return new KeyState(enabled, failure, next, steps);
  }

  private KeyState withLimit(Limit limit, Map<KeyReason, Integer> steps) {
    var next = new ArrayList<>(limits.stream().filter(other -> !other.isSameKind(limit)).toList());
    next.add(limit);
    return new KeyState(enabled, failure, next, steps);
  }

  /**
   * Whether a limit or failure began after the request was sent. A time in the future is from a
   * clock that was ahead; a minute is allowed for the clocks of other nodes.
   */
  private static boolean isAfter(Instant since, Instant sentAt, Instant now) {
    return since.isAfter(sentAt) && !since.isAfter(now.plusSeconds(60));
  }

  private static Instant sentAt(Evidence evidence, int latencyMs) {
    return evidence.at().minusMillis(latencyMs);
  }
}
