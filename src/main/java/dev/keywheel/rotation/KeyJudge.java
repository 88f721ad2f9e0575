package dev.keywheel.rotation;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.recovery.batch.Refusals;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides what the outcome of a call means for its key, for the key with this model, and for the
 * pool; the same for calls of runs and of the gateway. Evidence over several outcomes is kept in
 * memory.
 */
public final class KeyJudge {
  private final KeyPool keys;
  private final Refusals refusals;
  private final OutageDetector outageDetector = new OutageDetector();
  private final ModelFailures failures = new ModelFailures();

  KeyJudge(KeyPool keys, Refusals refusals) {
    this.keys = keys;
    this.refusals = refusals;
  }

  /** Applies the outcome to the key; empty when it changes nothing. */
  public Optional<StatusChange> record(
      Tx tx, ApiKey key, String model, CallOutcome outcome, Instant now, Actor by) {
    return keys.updater()
        .recordCall(tx, key.id(), key.secretVersion(), outcome, ModelClass.of(model), now, by);
  }

  /** Whether the secret that was sent is not the key's any more. */
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
   * Counts an outcome once, after it was committed. Returns why the key must be set aside for the
   * model: the model answers other keys and not this one.
   */
  public Optional<String> compareWithOthers(
      ApiKey key, String model, CallOutcome outcome, Instant now) {
    return failures
        .seen(key.id(), key.accountOrId(), model, outcome, now)
        .map(CallLogMessages::asideBecause);
  }

  /** Returns until when; empty when the key has another secret since. */
  public Optional<Instant> setAside(Tx tx, ApiKey key, String model, String reason, Instant now) {
    return secretReplaced(tx, key)
        ? Optional.empty()
        : Optional.of(KeyModels.setAside(tx, key.id(), model, reason, now));
  }

  /**
   * Counts an outcome once, after it was committed. Returns the pause of the pool that an outage
   * demands.
   */
  public Optional<PoolPause> countOutage(
      ApiKey key, String model, CallOutcome outcome, Instant now) {
    return outageDetector
        .seen(key.pool(), key.accountOrId(), model, outcome, now)
        .map(pause -> new PoolPause(now.plus(pause.length()), pause.why()));
  }

  /**
   * Counts a call that was refused with a key that is not known to be bad, once. Returns the pause
   * of the pool when the provider refuses calls whatever the key.
   */
  Optional<PoolPause> countRefused(
      ApiKey key, String model, RefusedCalls.Meaning meaning, Instant now) {
    return outageDetector
        .refused(key.pool(), key.accountOrId(), model, meaning, now)
        .map(pause -> new PoolPause(now.plus(pause.length()), pause.why()));
  }

  /** Whether a call of the pool was answered in the last minutes, by whatever model. */
  boolean answersCalls(PoolId pool, Instant now) {
    return outageDetector.answersCalls(pool, now);
  }

  /** Whether an outcome can be part of an outage. */
  public boolean partOfOutage(CallOutcome outcome) {
    return outageDetector.matter(outcome);
  }

  /**
   * Decides whether a refused key check counts against the key, given the refusals of other keys.
   */
  public Refusals.Meaning refusedByCheck(ApiKey key, Instant now) {
    return refusals.refused(key.pool(), key.accountOrId(), key.id(), now);
  }

  /** Pauses a pool whose every key is refused. */
  public PoolPause pauseRefused(Tx tx, PoolId pool, Instant until) {
    keys.status().pausePool(tx, pool, until, Refusals.EVERY_KEY);
    keys.status().setNotice(tx, pool, Refusals.EVERY_KEY + Refusals.IS_IT_THE_ADDRESS);
    return new PoolPause(until, Refusals.EVERY_KEY);
  }
}
