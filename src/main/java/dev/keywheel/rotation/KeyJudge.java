package dev.keywheel.rotation;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeyUses;
import dev.keywheel.key.pool.PoolStatus;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.recovery.batch.Refusals;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.rotation.pause.OutageDetector;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.rotation.pause.RefusedModels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what the outcome of a call means for its key, for the key with this model, and for the
 * pool; the same for calls of runs and of the gateway. Evidence over several outcomes is kept in
 * memory.
 */
public final class KeyJudge {
  private static final Logger log = LoggerFactory.getLogger(KeyJudge.class);

  private final KeyPool keys;
  private final Refusals refusals;
  private final OutageDetector outageDetector = new OutageDetector();
  private final ModelFailures failures = new ModelFailures();
  private final RefusedModels refusedModels = new RefusedModels();
  private final PauseProbes probes = new PauseProbes();

  KeyJudge(KeyPool keys, Refusals refusals) {
    this.keys = keys;
    this.refusals = refusals;
  }

  /** Applies the outcome to the key; empty when it changes nothing. */
  public Optional<StatusChange> record(
      Tx tx, ApiKey key, String model, CallOutcome outcome, Instant now, Actor by) {
    return keys.updater()
        .recordCall(
            tx, key.pool(), key.id(), key.secretVersion(), outcome, ModelClass.of(model), now, by);
  }

  /** Whether the key's secret was replaced after it was sent. */
  boolean secretReplaced(Tx tx, ApiKey key) {
    return keys.find(tx, key.pool().workspaceId(), key.id())
        .filter(now -> now.secretVersion() != key.secretVersion())
        .isPresent();
  }

  boolean stillUsable(Tx tx, ApiKey key, ModelClass models) {
    return keys.find(tx, key.pool().workspaceId(), key.id())
        .filter(now -> now.usableFor(models))
        .isPresent();
  }

  /**
   * Counts an outcome. Call it once per outcome, after the commit. Returns the reason to set the
   * key aside for the model if the model answers other keys but not this key.
   */
  public Optional<String> compareWithOthers(
      ApiKey key, String model, CallOutcome outcome, Instant now) {
    return failures
        .record(key.pool(), key.id(), key.accountOrId(), model, outcome, now)
        .map(RotationLogMessages::exclusionReason);
  }

  /**
   * Counts that the key could not pay for a request that another key then paid for. Returns the
   * reason to set the key aside for the model if this happens repeatedly.
   */
  public Optional<String> countUnpaid(ApiKey key, String model, Instant now) {
    return failures
        .recordUnpaid(key.pool(), key.id(), key.accountOrId(), model, now)
        .map(RotationLogMessages::exclusionReason);
  }

  /**
   * Sets the key aside for the model and returns until when; empty if its secret was replaced. The
   * lock makes it wait for a replacement that has not committed yet.
   */
  public Optional<Instant> exclude(Tx tx, ApiKey key, String model, String reason, Instant now) {
    KeyUses.lock(tx, List.of(key.id()));
    return secretReplaced(tx, key)
        ? Optional.empty()
        : Optional.of(KeyModels.exclude(tx, key.id(), model, reason, now));
  }

  /**
   * Counts an outcome. Call it once per outcome, after the commit. Returns the pause of the pool if
   * there is an outage.
   */
  public Optional<PoolPause> countOutage(
      ApiKey key, String model, CallOutcome outcome, Instant now) {
    if (outcome instanceof AddressBlocked) {
      probes.recordAddressBlock(key.pool(), now);
    }
    if (outcome instanceof Answer) {
      probes.forgetIfOver(key.pool(), outcome.sentAt(), now);
      refusedModels.recordAnswer(key.pool(), model, now);
    }
    return outageDetector
        .record(key.pool(), key.accountOrId(), model, outcome, now)
        .map(length -> pause(now.plus(length), outcome))
        .map(pause -> logPause(key.pool(), pause));
  }

  private static PoolPause pause(Instant until, CallOutcome outcome) {
    boolean blocked = outcome instanceof AddressBlocked;
    return new PoolPause(
        until,
        OutcomeText.sentence(outcome),
        blocked ? PauseCause.ADDRESS_BLOCKED : PauseCause.PROVIDER_FAILS);
  }

  private static PoolPause logPause(PoolId pool, PoolPause pause) {
    PoolStatus.logPause(log, pool, pause);
    return pause;
  }

  /**
   * Starts to probe whether a pause that this node has stored can end early. Call it after the
   * commit. If another node has stored a longer pause, that one counts.
   */
  public void trackPause(PoolId pool, Instant since) {
    keys.status().findPause(pool).ifPresent(stored -> probes.recordPause(pool, stored, since));
  }

  /** The requests that may be tried during a pause, see {@link #trackPause}. */
  public PauseProbes probes() {
    return probes;
  }

  /**
   * Ends the pause of an outage when a request that was sent during it is being answered. Must not
   * be called within a transaction.
   */
  public void endPauseByAnswer(
      Database database, PoolId pool, String model, Instant sent, Instant now) {
    refusedModels.recordAnswer(pool, model, now);
    probes
        .endByAnswer(pool, sent)
        .ifPresent(
            until -> {
              outageDetector.recordEnd(pool, now);
              resume(database, pool, until); // if this fails, the next request finds the pause
            });
  }

  private void resume(Database database, PoolId pool, Instant until) {
    if (database.inTx(tx -> keys.status().resumePool(tx, pool, until))) {
      log.info(
          "{} of workspace {} answers: its pause has ended", pool.provider(), pool.workspaceId());
    }
  }

  /**
   * Ends the pause of an outage because the provider accepted a key in a check that was sent during
   * the pause. The outage continues if the next calls fail. Must not be called within a
   * transaction.
   *
   * @param sent when the check was sent
   */
  public void endPauseByCheck(Database database, PoolId pool, Instant sent, Instant now) {
    probes
        .find(pool, sent)
        .ifPresent(
            until -> {
              resume(database, pool, until);
              probes.recordEndByCheck(pool, until, now);
              outageDetector.pauseEndedByCheck(pool, now);
            });
  }

  /**
   * Counts the refusal of a key that is not known to be bad. Call it once per refusal. Returns the
   * pause of the pool if the provider refuses calls with any key.
   */
  Optional<PoolPause> countRefused(
      ApiKey key, String model, RefusedCalls.Refusal refusal, Instant now) {
    return outageDetector
        .recordRefusal(
            key.pool(), key.accountOrId(), model, refusal.modelSuspected(), refusal.sentAt(), now)
        .map(length -> new PoolPause(now.plus(length), refusal.why(), PauseCause.PROVIDER_FAILS))
        .map(pause -> logPause(key.pool(), pause));
  }

  /**
   * Counts the refusal of a key for which {@link #countsAfterCheck} is true. Call it once per
   * refusal. Returns the pause of the pool if the provider refuses calls with any key.
   */
  public Optional<PoolPause> countRefused(
      ApiKey key, String model, KeySuspect suspect, TestOutcome checked, Instant now) {
    var refusal =
        checked == TestOutcome.ACTIVE
            ? RefusedCalls.passed(suspect)
            : RefusedCalls.unchecked(suspect);
    return countRefused(key, model, refusal, now);
  }

  /**
   * Counts a 401 of a key that its check accepts. Returns the reason to set the key aside for the
   * model if the model answers other keys but not this key.
   */
  public Optional<String> countContradicted(
      ApiKey key, String model, KeySuspect suspect, Instant now) {
    refusedModels.recordRefusal(key.pool(), key.accountOrId(), model, suspect.sentAt(), now);
    var failure = new ModelError(ModelErrorKind.FORBIDDEN, null, suspect.metadata());
    return compareWithOthers(key, model, failure, now);
  }

  /**
   * Turns a 401 into a failure of the model if the provider refuses the model with every key
   * although it accepts the keys; returns any other outcome unchanged.
   */
  public CallOutcome attributed(PoolId pool, String model, CallOutcome outcome, Instant now) {
    return outcome instanceof KeySuspect suspect
            && !suspect.modelSuspected()
            && refusedModels.refuses(pool, model, now)
        ? new ModelError(ModelErrorKind.FORBIDDEN, null, suspect.metadata())
        : outcome;
  }

  /**
   * Whether the refusal of a key may be part of an outage after the key's check: the check did not
   * mark the key, and the model is not the only possible cause.
   */
  public boolean countsAfterCheck(
      PoolId pool, KeySuspect suspect, TestOutcome checked, Instant now) {
    return switch (checked) {
      case ACTIVE, UNKNOWN -> !isOfModel(pool, suspect, now);
      case FAILED, RATE_LIMITED, CANCELLED -> false;
    };
  }

  /**
   * Whether only the model may be the cause of a refusal, because calls of the pool, with any
   * model, were answered in the last five minutes.
   */
  boolean isOfModel(PoolId pool, KeySuspect suspect, Instant now) {
    return suspect.modelSuspected() && outageDetector.answersCalls(pool, now);
  }

  public boolean isPartOfOutage(CallOutcome outcome) {
    return OutageDetector.canBeOutage(outcome);
  }

  /**
   * Decides whether a refused key check counts against the key, given the refusals of other keys.
   */
  public Refusals.Decision refusedByCheck(ApiKey key, Instant now) {
    return refusals.recordRefusal(key.pool(), key.accountOrId(), key.id(), now);
  }

  /**
   * Stores the pause of a pool whose keys are all refused, and a notice for its users.
   *
   * @param until the end of the pause that {@link #refusedByCheck} has decided on
   * @param logged called with the pause in the transaction
   */
  public void pauseRefused(
      Database database,
      PoolId pool,
      Instant until,
      Instant now,
      BiConsumer<Tx, PoolPause> logged) {
    var pause =
        refusals.storing(
            pool,
            () ->
                database.inTx(
                    tx -> {
                      var stored = Refusals.pause(tx, keys.status(), pool, until);
                      logged.accept(tx, stored);
                      return stored;
                    }));
    logPause(pool, pause);
    trackPause(pool, now);
  }
}
