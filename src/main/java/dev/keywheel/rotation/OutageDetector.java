package dev.keywheel.rotation;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind.TransientKind;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Detects outages: no connection, a web page instead of an API answer, server errors, a block of
 * this address, refusals of keys that are not bad. If three accounts in a row fail, or fewer
 * accounts fail repeatedly, and no call was answered in the last seconds, the pool must pause, and
 * no key is marked. Each node keeps its counts in memory, since each has its own network path to
 * the provider.
 */
final class OutageDetector {
  /** Number of different accounts whose failures in a row count as an outage. */
  static final int ENOUGH = 3;

  /** Number of failures in a row that count as an outage, even if all are of one account. */
  private static final int ENOUGH_OF_FEW = 6;

  /**
   * Number of accounts whose refusals continue an outage after a pause without a success. One
   * failure of another kind is enough, but a refusal may be due to its account alone.
   */
  private static final int ACCOUNTS_AFTER_PAUSE = 2;

  private static final int REFUSALS_AFTER_PAUSE = 3;

  /**
   * Number of models that must be affected by server errors or refusals in an outage. A single
   * model may itself be the cause, and the operation then uses another model.
   */
  private static final int MODELS = 2;

  /**
   * Maximum time between successive failures of one outage, from the planned end of a pause to the
   * failure that continues its outage, and since an answer that counts.
   */
  static final Duration TOGETHER = Duration.ofMinutes(5);

  /**
   * Time since the last answer below which failures are no outage: of many calls, a few fail one
   * after the other by chance.
   */
  static final Duration ANSWERING = Duration.ofSeconds(5);

  /**
   * Number of failures in a row that are not by chance, even while answers end. They may be long
   * streams that began before the outage.
   */
  static final int NOT_BY_CHANCE = 30;

  /** Time after the decision to pause in which calls that already have a key are still sent. */
  private static final Duration PAUSING = Duration.ofSeconds(5);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration BLOCKED_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final Map<PoolId, Streak> streaks = new HashMap<>();

  /**
   * @param why the reason for the pause, for users
   */
  record Pause(Duration length, String why) {}

  private static final class Tally {
    final Set<String> accounts = new HashSet<>();
    int failures;

    void add(String account) {
      if (accounts.size() < ENOUGH) { // a pool may have a million accounts
        accounts.add(account);
      }
      failures++;
    }

    void clear() {
      accounts.clear();
      failures = 0;
    }
  }

  private static final class Streak {
    final Tally all = new Tally();

    /** The failures that their model alone cannot have caused. */
    final Tally notOfModel = new Tally();

    /** The models that alone may have caused failures, at most {@link #MODELS}. */
    final Set<String> models = new HashSet<>();

    int pauses;
    Instant last = Instant.MIN;
    Instant pausedAt = Instant.MIN;
    Instant pausedUntil = Instant.MIN;
    Instant answered = Instant.MIN;

    void forget() {
      all.clear();
      notOfModel.clear();
      models.clear();
    }

    void succeeded() {
      forget();
      pauses = 0;
      pausedUntil = Instant.MIN;
    }
  }

  /**
   * A failure that counts.
   *
   * @param modelSuspected whether its model alone may be the cause
   * @param keySuspected whether its account alone may be the cause
   * @param block whether the provider says that it blocks this address
   * @param least minimum length of the pause
   */
  private record Failure(
      String why, boolean modelSuspected, boolean keySuspected, boolean block, Duration least) {}

  /**
   * Counts an outcome; returns the pause that an outage requires.
   *
   * @param who the account, or the key if its account is not known
   */
  synchronized Optional<Pause> seen(
      PoolId pool, String who, String model, CallOutcome outcome, Instant now) {
    var streak = streak(pool);
    if (outcome instanceof Answer) {
      streak.answered = now;
    }
    var failure = failure(outcome);
    if (failure.isPresent()) {
      return failed(streak, who, model, failure.get(), outcome.sentAt(), now);
    }
    if (!(outcome instanceof TimedOut || outcome instanceof KeySuspect || isLate(outcome))) {
      streak.succeeded();
    }
    return Optional.empty();
  }

  /**
   * Counts a refusal of a key that is not known to be bad. While calls of the pool are answered, a
   * refusal that may be due to its model does not count.
   */
  synchronized Optional<Pause> refused(
      PoolId pool, String who, String model, RefusedCalls.Meaning meaning, Instant now) {
    if (meaning.modelSuspected() && answersCalls(pool, now)) {
      return Optional.empty();
    }
    var failure = new Failure(meaning.why(), meaning.modelSuspected(), true, false, Duration.ZERO);
    return failed(streak(pool), who, model, failure, meaning.sentAt(), now);
  }

  /** Whether a call of the pool was answered within {@link #TOGETHER}. */
  synchronized boolean answersCalls(PoolId pool, Instant now) {
    return now.isBefore(streak(pool).answered.plus(TOGETHER));
  }

  private Streak streak(PoolId pool) {
    return streaks.computeIfAbsent(pool, _ -> new Streak());
  }

  private static Optional<Pause> failed(
      Streak streak, String who, String model, Failure failure, Instant sentAt, Instant now) {
    if (streak.all.failures > 0 && streak.last.plus(TOGETHER).isBefore(now)) {
      streak.forget();
    }
    if (streak.pausedUntil.plus(TOGETHER).isBefore(now)) {
      streak.pauses = 0;
    }
    if (now.isBefore(streak.pausedUntil) && sentAt.isBefore(streak.pausedAt.plus(PAUSING))) {
      return Optional.empty(); // the call was sent before the pause, which may have ended early
    }
    streak.all.add(who);
    if (!failure.modelSuspected()) {
      streak.notOfModel.add(who);
    } else if (streak.models.size() < MODELS) {
      streak.models.add(model);
    }
    streak.last = now;
    boolean byChance =
        !failure.block()
            && streak.all.failures < NOT_BY_CHANCE
            && Duration.between(streak.answered, now).abs().compareTo(ANSWERING) < 0;
    if (byChance || !enough(streak, failure)) {
      return Optional.empty();
    }
    streak.forget();
    var length = longer(backoff(streak.pauses++), failure.least());
    streak.pausedAt = now;
    streak.pausedUntil = now.plus(length);
    return Optional.of(new Pause(length, failure.why()));
  }

  private static boolean enough(Streak streak, Failure failure) {
    boolean ofSeveralModels = streak.models.size() >= MODELS;
    if (failure.modelSuspected() && !ofSeveralModels) {
      return false;
    }
    Tally failed = ofSeveralModels ? streak.all : streak.notOfModel;
    boolean continues =
        streak.pauses > 0
            && (!failure.keySuspected()
                || failed.accounts.size() >= ACCOUNTS_AFTER_PAUSE
                || failed.failures >= REFUSALS_AFTER_PAUSE);
    return continues || failed.accounts.size() >= ENOUGH || failed.failures >= ENOUGH_OF_FEW;
  }

  /** Ends an outage: its pause was ended early by an answer that has begun. */
  synchronized void ended(PoolId pool, Instant now) {
    var streak = streak(pool);
    streak.succeeded();
    streak.answered = now;
  }

  boolean canBeOutage(CallOutcome outcome) {
    return failure(outcome).isPresent();
  }

  /**
   * Whether a connection broke that was open for a while. A provider that restarts closes the
   * connections of all open calls at once, and the next calls may be answered.
   */
  private static boolean isLate(CallOutcome outcome) {
    return outcome instanceof Transient broken
        && broken.kind() != TransientKind.SERVER
        && Duration.ofMillis(outcome.latencyMs()).compareTo(ANSWERING) >= 0;
  }

  /** The length of the next pause. Doubles while nothing succeeds, up to {@link #LONGEST_PAUSE}. */
  private static Duration backoff(int pausesBefore) {
    var doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(pausesBefore, 5));
    return doubled.compareTo(LONGEST_PAUSE) <= 0 ? doubled : LONGEST_PAUSE;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Optional<Failure> failure(CallOutcome outcome) {
    return switch (outcome) {
      case Unreachable _ -> Optional.of(failure(outcome, false));
      case Transient _ when isLate(outcome) -> Optional.empty();
      case Transient _ -> Optional.of(failure(outcome, true));
      case AddressBlocked blocked ->
          Optional.of(
              new Failure(
                  OutcomeText.sentence(outcome),
                  false,
                  false,
                  true,
                  Objects.requireNonNullElse(blocked.pause(), BLOCKED_PAUSE)));
      case Answer _, KeyLimited _, KeySuspect _, KeyMalformed _, InsufficientCredit _ ->
          Optional.empty();
      case ModelError _, RequestError _, TimedOut _ -> Optional.empty();
    };
  }

  private static Failure failure(CallOutcome outcome, boolean modelSuspected) {
    return new Failure(OutcomeText.sentence(outcome), modelSuspected, false, false, Duration.ZERO);
  }
}
