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
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Detects outages: no connection, a web page, server errors, a block of this address, refusals of
 * keys that are not bad. When three accounts in a row fail and none succeeds, or a few accounts
 * fail repeatedly, the pool must pause; no key is marked. Kept by each node in memory, since each
 * has its own network path to the provider.
 */
final class OutageDetector {
  /** Different accounts failing in a row that make an outage. */
  static final int ENOUGH = 3;

  /** Failures in a row that make an outage whatever the account: a pool may have only one. */
  private static final int ENOUGH_OF_FEW = 6;

  /**
   * A server error or a refusal may be that of one model, which the operation changes: only those
   * of this many models are an outage.
   */
  private static final int MODELS = 2;

  /** Failures further apart do not count as one outage. */
  private static final Duration TOGETHER = Duration.ofMinutes(5);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration BLOCKED_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final Map<PoolId, Streak> streaks = new HashMap<>();
  private final Map<PoolId, Instant> answered = new HashMap<>();

  /** {@code why}: in a few words. */
  record Pause(Duration length, String why) {}

  private static final class Streak {
    final Set<String> accounts = new HashSet<>();
    final Set<String> models = new HashSet<>();
    int failures;
    int pauses;
    Instant last = Instant.MIN;
    Instant pausedUntil = Instant.MIN;

    void forget() {
      accounts.clear();
      models.clear();
      failures = 0;
    }
  }

  /**
   * Counts an outcome.
   *
   * @param who the account, or the key when its account is not known
   * @param model that was asked
   */
  synchronized Optional<Pause> seen(
      PoolId pool, String who, String model, CallOutcome outcome, Instant now) {
    if (outcome instanceof Answer) {
      answered.put(pool, now);
    }
    var why = outage(outcome);
    if (why.isEmpty()) {
      if (!(outcome instanceof TimedOut || outcome instanceof KeySuspect)) {
        streaks.remove(pool);
      }
      return Optional.empty();
    }
    return failed(pool, who, model, outcome, why.get(), now);
  }

  /**
   * Counts a refusal of a key that the key check does not find bad. Where another model answers,
   * refusals that may be those of models concern these models only, however many they are.
   */
  synchronized Optional<Pause> refused(
      PoolId pool, String who, String model, KeySuspect suspect, Instant now) {
    var answer = answered.get(pool);
    if (suspect.perhapsModel() && answer != null && now.isBefore(answer.plus(TOGETHER))) {
      return Optional.empty();
    }
    return failed(pool, who, model, suspect, RefusedCalls.why(suspect), now);
  }

  private Optional<Pause> failed(
      PoolId pool, String who, String model, CallOutcome outcome, String why, Instant now) {
    var streak = streaks.computeIfAbsent(pool, p -> new Streak());
    if (streak.failures > 0 && streak.last.plus(TOGETHER).isBefore(now)) {
      streak.forget();
    }
    if (now.isBefore(streak.pausedUntil)) {
      return Optional.empty(); // sent before the pause
    }
    streak.accounts.add(who);
    streak.models.add(model);
    streak.failures++;
    streak.last = now;
    if (!enough(streak, outcome)) {
      return Optional.empty();
    }
    streak.forget();
    var length = length(outcome, streak.pauses++);
    streak.pausedUntil = now.plus(length);
    return Optional.of(new Pause(length, why));
  }

  /** After a pause without a success one failure is enough: the outage goes on. */
  private static boolean enough(Streak streak, CallOutcome outcome) {
    if (perhapsModel(outcome) && streak.models.size() < MODELS) {
      return false;
    }
    return streak.pauses > 0
        || streak.accounts.size() >= ENOUGH
        || streak.failures >= ENOUGH_OF_FEW;
  }

  private static boolean perhapsModel(CallOutcome outcome) {
    return outcome instanceof Transient
        || (outcome instanceof KeySuspect suspect && suspect.perhapsModel());
  }

  /** Whether an outcome can be part of an outage. */
  boolean matter(CallOutcome outcome) {
    return outage(outcome).isPresent();
  }

  /** Doubles while nothing succeeds, up to a bound; longer only when the provider asks for it. */
  private static Duration length(CallOutcome outcome, int pausesBefore) {
    var backoff = shorter(LONGEST_PAUSE, FIRST_PAUSE.multipliedBy(1L << Math.min(pausesBefore, 5)));
    if (outcome instanceof AddressBlocked blocked) {
      return longer(backoff, Objects.requireNonNullElse(blocked.pause(), BLOCKED_PAUSE));
    }
    return backoff;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Optional<String> outage(CallOutcome outcome) {
    return switch (outcome) {
      case Unreachable _, AddressBlocked _, Transient _ ->
          Optional.of(OutcomeText.sentence(outcome));
      case Answer _, KeyLimited _, KeySuspect _, KeyMalformed _, InsufficientCredit _ ->
          Optional.empty();
      case ModelError _, RequestError _, TimedOut _ -> Optional.empty();
    };
  }
}
