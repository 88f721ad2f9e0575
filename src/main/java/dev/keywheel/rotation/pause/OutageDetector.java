package dev.keywheel.rotation.pause;

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
import dev.keywheel.provider.FailureKind.UnreachableKind;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Detects outages: no connection, a web page instead of an API answer, server errors, a block of
 * this address, refusals of keys that are not bad. If three accounts in a row fail, or fewer
 * accounts fail repeatedly, and no call was answered in the last seconds, the pool must pause, and
 * no key is marked. Each node keeps its counts in memory, since each has its own network path to
 * the provider.
 */
public final class OutageDetector {
  /** Number of different accounts whose failures in a row count as an outage. */
  static final int MIN_ACCOUNTS = 3;

  /** Number of failures in a row that count as an outage, even if all are of one account. */
  private static final int MIN_FAILURES = 6;

  /**
   * Number of accounts whose refusals continue an outage after a pause without a success. One
   * failure of another kind is enough, but a refusal may be due to its account alone.
   */
  private static final int ACCOUNTS_AFTER_PAUSE = 2;

  private static final int REFUSALS_AFTER_PAUSE = 3;

  /**
   * Number of models that must be affected by server errors, unusable answers or refusals in an
   * outage. A single model may itself be the cause, and the operation then uses another model.
   */
  private static final int MIN_MODELS = 2;

  /** Maximum time between successive failures of one outage; also, how long an answer counts. */
  private static final Duration MAX_GAP = Outage.MAX_GAP;

  /**
   * Time after an answer in which failures are not an outage: of many calls, a few fail in a row by
   * chance.
   */
  static final Duration ANSWER_WINDOW = Duration.ofSeconds(5);

  /**
   * Number of failures in a row that count as an outage even if a call was answered within {@link
   * #ANSWER_WINDOW} before: the answer may be a long stream that began before the outage.
   */
  static final int MIN_FAILURES_AFTER_ANSWER = 30;

  /** Time after the decision to pause in which calls that already have a key are still sent. */
  private static final Duration PAUSE_DELAY = Duration.ofSeconds(5);

  private final Map<PoolId, Streak> streaks = new HashMap<>();

  private static final class Tally {
    final Set<String> accounts = new HashSet<>();
    int failures;

    void add(String account) {
      if (accounts.size() < MIN_ACCOUNTS) { // bounds the set: a pool may have a million accounts
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

    /** The failures that the model alone cannot have caused. */
    final Tally notOfModel = new Tally();

    /** The models that alone may have caused failures, at most {@link #MIN_MODELS}. */
    final Set<String> models = new HashSet<>();

    /** The outage that made the pool pause last; null after a success. */
    @Nullable Outage outage;

    Instant last = Instant.MIN;
    Instant answered = Instant.MIN;

    void forget() {
      all.clear();
      notOfModel.clear();
      models.clear();
    }

    void recordSuccess() {
      forget();
      outage = null;
    }

    /** Whether the call was sent before the pause took effect; a check may have ended the pause. */
    boolean isOlderThanPause(Instant sentAt, Instant now) {
      return outage != null
          && now.isBefore(outage.until())
          && sentAt.isBefore(outage.since().plus(PAUSE_DELAY));
    }
  }

  /**
   * A failure that counts.
   *
   * @param modelSuspected whether its model alone may be the cause
   * @param accountSuspected whether its account alone may be the cause
   * @param block whether the provider says that it blocks this address
   * @param least minimum length of the pause
   */
  private record Failure(
      boolean modelSuspected, boolean accountSuspected, boolean block, Duration least) {}

  /**
   * Counts an outcome; returns how long the pool must pause if there is an outage.
   *
   * @param account the account, or the key if its account is not known
   */
  public synchronized Optional<Duration> record(
      PoolId pool, String account, String model, CallOutcome outcome, Instant now) {
    var streak = streak(pool);
    if (outcome instanceof Answer) {
      streak.answered = now;
    }
    var failure = failure(outcome);
    if (failure.isPresent()) {
      return recordFailure(streak, account, model, failure.get(), outcome.sentAt(), now);
    }
    if (!(outcome instanceof TimedOut || outcome instanceof KeySuspect || brokeLate(outcome))) {
      streak.recordSuccess();
    }
    return Optional.empty();
  }

  /**
   * Counts a refusal of a key that is not known to be bad. While calls of the pool are answered, a
   * refusal that may be due to its model does not count.
   *
   * @param sent when the refused call was sent
   */
  public synchronized Optional<Duration> recordRefusal(
      PoolId pool,
      String account,
      String model,
      boolean modelSuspected,
      Instant sent,
      Instant now) {
    if (modelSuspected && answersCalls(pool, now)) {
      return Optional.empty();
    }
    var failure = new Failure(modelSuspected, true, false, Duration.ZERO);
    return recordFailure(streak(pool), account, model, failure, sent, now);
  }

  /** Whether a call of the pool was answered within {@link #MAX_GAP}. */
  public synchronized boolean answersCalls(PoolId pool, Instant now) {
    return now.isBefore(streak(pool).answered.plus(MAX_GAP));
  }

  private Streak streak(PoolId pool) {
    return streaks.computeIfAbsent(pool, _ -> new Streak());
  }

  private static Optional<Duration> recordFailure(
      Streak streak, String account, String model, Failure failure, Instant sentAt, Instant now) {
    if (streak.all.failures > 0 && streak.last.plus(MAX_GAP).isBefore(now)) {
      streak.forget();
    }
    if (streak.outage != null && !streak.outage.continues(now)) {
      streak.outage = null;
    }
    if (streak.isOlderThanPause(sentAt, now)) {
      return Optional.empty();
    }
    streak.all.add(account);
    if (!failure.modelSuspected()) {
      streak.notOfModel.add(account);
    } else if (streak.models.size() < MIN_MODELS) {
      streak.models.add(model);
    }
    streak.last = now;
    boolean byChance =
        !failure.block()
            && streak.all.failures < MIN_FAILURES_AFTER_ANSWER
            && Duration.between(streak.answered, now).abs().compareTo(ANSWER_WINDOW) < 0;
    if (byChance || !enough(streak, failure)) {
      return Optional.empty();
    }
    streak.forget();
    var length = longer(Outage.nextPause(streak.outage, now), failure.least());
    streak.outage = Outage.paused(streak.outage, now, now.plus(length));
    return Optional.of(length);
  }

  private static boolean enough(Streak streak, Failure failure) {
    boolean ofSeveralModels = streak.models.size() >= MIN_MODELS;
    if (failure.modelSuspected() && !ofSeveralModels) {
      return false;
    }
    Tally failed = ofSeveralModels ? streak.all : streak.notOfModel;
    boolean continues =
        streak.outage != null
            && (!failure.accountSuspected()
                || failed.accounts.size() >= ACCOUNTS_AFTER_PAUSE
                || failed.failures >= REFUSALS_AFTER_PAUSE);
    return continues || failed.accounts.size() >= MIN_ACCOUNTS || failed.failures >= MIN_FAILURES;
  }

  /** A check ended the pause of an outage. The outage continues if the next calls fail. */
  public synchronized void pauseEndedByCheck(PoolId pool, Instant now) {
    var streak = streak(pool);
    if (streak.outage != null) {
      streak.outage = streak.outage.endedByCheck(now);
    }
  }

  /** Ends an outage: its pause was ended early by an answer that has begun. */
  public synchronized void recordEnd(PoolId pool, Instant now) {
    var streak = streak(pool);
    streak.recordSuccess();
    streak.answered = now;
  }

  /** Whether the outcome counts as a failure of the provider or the network. */
  public static boolean canBeOutage(CallOutcome outcome) {
    return failure(outcome).isPresent();
  }

  /**
   * Whether a connection that had been open for a while broke. A provider that restarts closes the
   * connections of all open calls at once, and the next calls may be answered.
   */
  private static boolean brokeLate(CallOutcome outcome) {
    return outcome instanceof Transient broken
        && broken.kind() != TransientKind.SERVER
        && Duration.ofMillis(outcome.latencyMs()).compareTo(ANSWER_WINDOW) >= 0;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Optional<Failure> failure(CallOutcome outcome) {
    return switch (outcome) {
      case Unreachable(var kind, _) ->
          Optional.of(failure(kind == UnreachableKind.NOT_JSON || kind == UnreachableKind.NO_BODY));
      case Transient _ when brokeLate(outcome) -> Optional.empty();
      case Transient _ -> Optional.of(failure(true));
      case AddressBlocked blocked -> Optional.of(new Failure(false, false, true, blocked.pause()));
      case Answer _, KeyLimited _, KeySuspect _, KeyMalformed _, InsufficientCredit _ ->
          Optional.empty();
      case ModelError _, RequestError _, TimedOut _ -> Optional.empty();
    };
  }

  private static Failure failure(boolean modelSuspected) {
    return new Failure(modelSuspected, false, false, Duration.ZERO);
  }
}
