package dev.keywheel.rotation;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.time.LruMap;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Finds keys that a model does not answer while it answers keys of other accounts: the account of
 * such a key may have no access to the model. A failure counts only if another account was answered
 * after the key's previous failure, so a busy model is no evidence against a key. Each node keeps
 * its counts in memory; a restart costs a few calls.
 */
final class ModelFailures {
  /** Number of failures in a row, each after an answer to another account, that set a key aside. */
  static final int MIN_FAILURES = 5;

  /** Number of other accounts that must have been answered during those failures. */
  static final int MIN_OTHER_ACCOUNTS = 2;

  /** Maximum age of an answer that makes a failure count. */
  private static final Duration MAX_ANSWER_AGE = Duration.ofMinutes(10);

  private static final int MAX_KEYS = 10_000;

  /** Maximum number of models, in all pools, whose answers are kept. */
  private static final int MAX_MODELS = 1_000;

  /**
   * Maximum number of accounts per pool and model whose answer is kept; a pool may have a million.
   */
  static final int MAX_ACCOUNTS = 100;

  private record KeyAndModel(UUID key, String model) {}

  private record PoolAndModel(PoolId pool, String model) {}

  private static final class Streak {
    final Set<String> others = new HashSet<>();
    int failures;
    Instant last = Instant.MIN;
  }

  private final Map<PoolAndModel, Map<String, Instant>> answers = new LruMap<>(MAX_MODELS);
  private final Map<KeyAndModel, Streak> streaks = new LruMap<>(MAX_KEYS);

  /**
   * @param others number of accounts that were answered while the key was not
   */
  record Evidence(int failures, int others) {}

  /**
   * Counts an outcome; empty unless the key must be excluded for the model.
   *
   * @param account the account, or the key when its account is not known
   */
  synchronized Optional<Evidence> record(
      PoolId pool, UUID key, String account, String model, CallOutcome outcome, Instant now) {
    var keyAndModel = new KeyAndModel(key, model);
    if (outcome instanceof Answer) {
      streaks.remove(keyAndModel);
      answers
          .computeIfAbsent(new PoolAndModel(pool, model), m -> new LruMap<>(MAX_ACCOUNTS))
          .put(account, now);
      return Optional.empty();
    }
    if (!(outcome instanceof ModelError trouble) || !accountSuspected(trouble)) {
      return Optional.empty();
    }
    return recordFailure(pool, keyAndModel, account, now);
  }

  /**
   * Counts a call that the key could not pay for, after another key was answered; empty unless the
   * key must be excluded for the model.
   */
  synchronized Optional<Evidence> recordUnpaid(
      PoolId pool, UUID key, String account, String model, Instant now) {
    return recordFailure(pool, new KeyAndModel(key, model), account, now);
  }

  synchronized int answersKept() {
    return answers.values().stream().mapToInt(Map::size).sum();
  }

  private Optional<Evidence> recordFailure(
      PoolId pool, KeyAndModel keyAndModel, String account, Instant now) {
    var streak = streaks.computeIfAbsent(keyAndModel, k -> new Streak());
    var since = streak.last;
    var answered = answers.getOrDefault(new PoolAndModel(pool, keyAndModel.model()), Map.of());
    answered.values().removeIf(at -> at.plus(MAX_ANSWER_AGE).isBefore(now));
    var others =
        answered.entrySet().stream()
            .filter(answer -> !answer.getKey().equals(account) && answer.getValue().isAfter(since))
            .map(Map.Entry::getKey)
            .toList();
    streak.last = now;
    if (others.isEmpty()) {
      return Optional.empty();
    }
    streak.failures++;
    streak.others.addAll(others);
    if (streak.failures < MIN_FAILURES || streak.others.size() < MIN_OTHER_ACCOUNTS) {
      return Optional.empty();
    }
    streaks.remove(keyAndModel);
    return Optional.of(new Evidence(streak.failures, streak.others.size()));
  }

  /**
   * Whether the account may be the cause: not for failures that depend on the topic, the length or
   * the reasoning.
   */
  private static boolean accountSuspected(ModelError trouble) {
    return switch (trouble.kind()) {
      case UPSTREAM_LIMITED, EMPTY, CHOICE_ERROR, NO_ENDPOINT, ACCOUNT_POLICY -> true;
      case BYOK, PROVIDER_CREDITS, MODEL_TYPE, FORBIDDEN -> true;
      case ONLY_REASONING, ONLY_TOOL_CALLS, ONLY_IMAGE_LINK -> false;
      case REASONING_ONLY, REFUSED, CONTENT_FILTER, TOO_BIG, WRONG_FORM, OTHER_ROUTE -> false;
    };
  }
}
