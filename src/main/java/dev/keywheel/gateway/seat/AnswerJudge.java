package dev.keywheel.gateway.seat;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Gatherers.windowFixed;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeyRotation.LimitedKey;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.rotation.pause.AssumedLimits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the outcomes of gateway calls to keys, models and pools. Successful answers are applied
 * in groups, and only to keys whose state they change. A refused key is checked in the background.
 */
public final class AnswerJudge {
  private static final Logger log = LoggerFactory.getLogger(AnswerJudge.class);
  private static final Actor GATEWAY = new Actor("gateway", null, null);

  /**
   * Maximum number of waiting answers, one for each key. Further answers are dropped: a later
   * answer has the same effect.
   */
  private static final int MAX_ANSWERS = 10_000;

  /** Maximum number of keys in one transaction: requests to the pool wait until it ends. */
  private static final int PART_SIZE = 50;

  private static final String FOLLOWS_OTHER_ACCOUNT =
      "The provider refused a call with 402 without a reason, as with a key of another account.";

  private final Database database;
  private final KeyPool keys;
  private final KeyJudge judge;
  private final Recovery recovery;
  private final InstantSource clock;
  private final BackgroundChecks checks;
  private final AssumedLimits assumedLimits = new AssumedLimits();
  private final Map<UUID, KeyAnswer> answers = new ConcurrentHashMap<>();

  private record KeyAnswer(ApiKey key, String model, Answer answer) {}

  public AnswerJudge(
      Database database,
      KeyPool keys,
      KeyJudge judge,
      Recovery recovery,
      InstantSource clock,
      BackgroundChecks checks) {
    this.database = database;
    this.keys = keys;
    this.judge = judge;
    this.recovery = recovery;
    this.clock = clock;
    this.checks = checks;
  }

  /**
   * Applies an outcome. Returns when other attempts can see what a failure changed; successful
   * answers are applied later. Must not be called within a transaction.
   *
   * @param request shared by all attempts of a request
   * @return the outcome for the request: a refusal of the key is a failure of the model if the
   *     provider refuses the model with every key
   */
  public CallOutcome apply(RequestEvidence request, ApiKey key, String model, CallOutcome outcome) {
    var now = clock.instant();
    try {
      if (outcome instanceof Answer answer) {
        remember(new KeyAnswer(key, model, answer));
      } else if (outcome instanceof InsufficientCredit credit) {
        if (request.isCreditTooLow(credit)) {
          exclude(key, model, reason(credit), now);
        } else {
          request.addUnpaid(key, model); // the request may cost too much for any key
        }
      } else if (outcome instanceof KeyLimited limited
          && limited.assumed()
          && assumedLimits.followsOtherAccount(key.pool(), model, key.accountOrId(), now)) {
        exclude(key, model, FOLLOWS_OTHER_ACCOUNT, now);
      } else {
        database.runTx(tx -> judge.record(tx, key, model, outcome, now, GATEWAY));
      }
      if (outcome.acceptsKey()) {
        recovery.recordAccepted(key.pool());
      }
      if (request.isEvidenceAboutKey(outcome)) {
        compareWithOthers(key, model, outcome, now);
      }
      boolean counts = !judge.isPartOfOutage(outcome) || outcome instanceof AddressBlocked;
      if (counts || request.claimOutageCount()) {
        countOutage(key, model, outcome, now);
      }
      if (outcome instanceof Answer) {
        request.unpaid(model).forEach(other -> countUnpaid(other, model, now));
      }
      if (outcome instanceof KeySuspect suspect) {
        checks.begin(
            key.id(),
            "Key " + key.name() + " could not be checked",
            () -> check(request, key, model, suspect));
      }
    } catch (RuntimeException e) {
      log.warn(
          "The outcome of a call with key {} was not applied: {}",
          key.name(),
          TransientErrors.cause(e));
    }
    return judge.attributed(key.pool(), model, outcome, now);
  }

  /**
   * Applies the successful answers since the last call to the keys whose state they may change.
   * Uses another thread, so that the caller does not wait for the locks of pools.
   */
  public void applyAnswers() {
    if (!answers.isEmpty()) {
      checks.begin(
          this, "The states of keys were not updated after successful answers", this::applyWaiting);
    }
  }

  /** Each transaction covers one pool, because it locks the pool before its keys. */
  private void applyWaiting() {
    var taken = Map.copyOf(answers);
    taken.forEach(answers::remove);
    database.read(dsl -> KeyRepository.findChangedByAnswer(dsl, taken.keySet())).stream()
        .sorted()
        .map(taken::get)
        .filter(Objects::nonNull)
        .collect(groupingBy(answered -> answered.key().pool()))
        .forEach(
            (pool, answered) ->
                answered.stream()
                    .gather(windowFixed(PART_SIZE))
                    .forEach(part -> applyPart(pool, part)));
  }

  private void applyPart(PoolId pool, List<KeyAnswer> answered) {
    var now = clock.instant();
    try {
      database.runTx(
          tx ->
              answered.forEach(
                  one -> judge.record(tx, one.key(), one.model(), one.answer(), now, GATEWAY)));
    } catch (RuntimeException e) {
      log.warn(
          "The states of {} keys of {} were not updated after successful answers: {}",
          answered.size(),
          pool.provider(),
          TransientErrors.cause(e));
    }
  }

  /**
   * Ends the pause of a pool in an outage at the first content of an answer.
   *
   * @param sent when the attempt was sent; an earlier answer may be part of the outage
   */
  public void endPauseByAnswer(PoolId pool, String model, Instant sent) {
    try {
      judge.endPauseByAnswer(database, pool, model, sent, clock.instant());
    } catch (RuntimeException e) {
      log.warn(
          "The pause of {} was not ended early: {}", pool.provider(), TransientErrors.cause(e));
    }
  }

  private void remember(KeyAnswer answered) {
    UUID key = answered.key().id();
    if (answers.size() < MAX_ANSWERS || answers.containsKey(key)) {
      answers.put(key, answered);
    }
  }

  private void compareWithOthers(ApiKey key, String model, CallOutcome outcome, Instant now) {
    judge
        .compareWithOthers(key, model, outcome, now)
        .ifPresent(reason -> exclude(key, model, reason, now));
  }

  private static String reason(InsufficientCredit credit) {
    return "The credit allows an answer of only " + credit.affordableTokens() + " tokens.";
  }

  private void countUnpaid(ApiKey key, String model, Instant now) {
    judge.countUnpaid(key, model, now).ifPresent(reason -> exclude(key, model, reason, now));
  }

  private void countContradicted(ApiKey key, String model, KeySuspect suspect, Instant now) {
    if (!suspect.modelSuspected()) {
      judge
          .countContradicted(key, model, suspect, now)
          .ifPresent(reason -> exclude(key, model, reason, now));
    }
  }

  private void exclude(ApiKey key, String model, String reason, Instant now) {
    database.runTx(tx -> judge.exclude(tx, key, model, reason, now));
  }

  private void countOutage(ApiKey key, String model, CallOutcome outcome, Instant now) {
    judge.countOutage(key, model, outcome, now).ifPresent(pause -> pause(key.pool(), pause, now));
  }

  private void pause(PoolId pool, PoolPause pause, Instant now) {
    database.runTx(tx -> keys.status().pausePool(tx, pool, pause));
    judge.trackPause(pool, now);
  }

  /**
   * Checks the refused key. If the key is not bad, its refusal counts towards an outage, unless
   * another attempt of the request has counted.
   */
  private void check(RequestEvidence request, ApiKey key, String model, KeySuspect suspect) {
    try {
      var checked =
          recovery
              .confirm(key.pool(), key.id(), Trigger.REFUSED_KEY, GATEWAY, this::judgeRefusal)
              .outcome();
      var now = clock.instant();
      if (checked == TestOutcome.ACTIVE) {
        recovery.recordAccepted(key.pool());
        countContradicted(key, model, suspect, now);
      }
      if (checked != null
          && keys.status().findPause(key.pool()).isEmpty()
          && judge.countsAfterCheck(key.pool(), suspect, checked, now)
          && request.claimOutageCount()) {
        judge
            .countRefused(key, model, suspect, checked, now)
            .ifPresent(pause -> pause(key.pool(), pause, now));
      }
    } catch (NotFound deleted) {
      log.debug("Key {} was deleted before its check", key.name());
    }
  }

  /**
   * Checks a limited key whose wait is over, unless it is being checked, so that a client that
   * waited as long as it was told gets an answer. Returns the end of the check.
   */
  public CompletableFuture<Void> checkDue(PoolId pool, LimitedKey key) {
    checks.begin(
        key.id(),
        "Key " + key.name() + " could not be checked",
        () -> {
          try {
            var checked =
                recovery
                    .confirm(pool, key.id(), Trigger.DUE_CHECK, GATEWAY, this::judgeRefusal)
                    .outcome();
            if (checked == TestOutcome.ACTIVE) {
              recovery.recordAccepted(pool);
            }
          } catch (NotFound deleted) {
            log.debug("Key {} was deleted before its check", key.name());
          }
        });
    return checks.end(key.id());
  }

  /** Whether a refused check counts against the key. If all keys are refused, pauses the pool. */
  private boolean judgeRefusal(ApiKey key) {
    var now = clock.instant();
    var decision = judge.refusedByCheck(key, now);
    decision
        .pause()
        .map(now::plus)
        .ifPresent(until -> judge.pauseRefused(database, key.pool(), until, now, (_, _) -> {}));
    return decision.countsAgainstKey();
  }
}
