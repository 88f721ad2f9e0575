package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import dev.keywheel.recovery.store.ResultRows;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes the results of tests: the states of the keys, and the results of the batch with its log
 * lines, in one transaction or in two. A node that no longer holds the batch (cancelled, or taken
 * over) changes nothing, except that it keeps results from before a cancellation. Locks are taken
 * in the order pool, batch, keys, log.
 */
final class ResultWriter {
  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final ResultSignal resultSignal;
  private final BatchRepository batchRepository = new BatchRepository();

  ResultWriter(
      Database database,
      KeyPool keys,
      ExecutionLog log,
      InstantSource clock,
      ResultSignal resultSignal) {
    this.database = database;
    this.keys = keys;
    this.log = log;
    this.clock = clock;
    this.resultSignal = resultSignal;
  }

  /**
   * A group whose states are written.
   *
   * @param after the state of each key afterwards; without the keys whose secret was replaced
   * @param poolVersion version of the pool afterwards
   */
  record Applied(
      List<KeyCheckResult> tested,
      Map<UUID, KeyState.ShownStatus> after,
      Instant at,
      long poolVersion) {

    /** Whether each key still had the secret that was tested. */
    boolean complete() {
      return tested.stream().allMatch(result -> after.containsKey(result.key().keyId()));
    }
  }

  /** Writes a group in one transaction; false when this node no longer holds the batch. */
  boolean write(ClaimedBatch batch, List<KeyCheckResult> group) {
    boolean ours =
        database.inTx(
            tx -> {
              keys.rotation().lock(tx, batch.pool());
              if (batchRepository.lockIfRunning(tx, batch).isEmpty()) {
                return false;
              }
              apply(tx, batch, group);
              return true;
            });
    resultSignal.signal();
    return ours;
  }

  /**
   * Writes the states of a group only; empty when this node no longer holds the batch. Does not
   * lock the batch, so that {@link #writeResults} of another group may run concurrently. The lock
   * of the pool is enough, because a node that takes the batch over or ends it locks the pool too.
   */
  Optional<Applied> writeStates(ClaimedBatch batch, List<KeyCheckResult> group) {
    return database.inTx(
        tx -> {
          keys.rotation().lock(tx, batch.pool());
          return batchRepository
              .keyCountIfRunning(tx.dsl(), batch)
              .map(_ -> writeStates(tx, batch, group));
        });
  }

  /**
   * Writes the results of a group whose states are written, even after a cancellation; false when
   * this node no longer holds the batch.
   */
  boolean writeResults(ClaimedBatch batch, Applied group) {
    boolean ours =
        database.inTx(
            tx -> {
              boolean held = batchRepository.lockIfRunning(tx, batch).isPresent();
              if (held || batchRepository.lockIfCancelled(tx, batch)) {
                writeResults(tx, batch, group);
              }
              return held;
            });
    resultSignal.signal();
    return ours;
  }

  /** Writes results that arrived before a cancellation; does nothing without a cancellation. */
  void writeCancelled(ClaimedBatch batch, List<KeyCheckResult> learnt) {
    if (!learnt.isEmpty()) {
      database.runTx(
          tx -> {
            keys.rotation().lock(tx, batch.pool());
            if (batchRepository.lockIfCancelled(tx, batch)) {
              apply(tx, batch, learnt);
            }
          });
    }
  }

  void apply(Tx tx, ClaimedBatch batch, List<KeyCheckResult> tested) {
    if (!tested.isEmpty()) {
      writeResults(tx, batch, writeStates(tx, batch, tested));
    }
  }

  private Applied writeStates(Tx tx, ClaimedBatch batch, List<KeyCheckResult> group) {
    var now = clock.instant();
    var after =
        keys.updater().recordChecks(tx, batch.pool(), group, now, Actor.recovery(batch.id()));
    return new Applied(group, after, now, keys.status().version(tx, batch.pool()));
  }

  private void writeResults(Tx tx, ClaimedBatch batch, Applied group) {
    var results =
        withCurrentSecret(tx, batch, group).stream()
            .map(
                tested ->
                    BatchWriter.result(tested, group.after().get(tested.key().keyId()), group.at()))
            .toList();
    if (!results.isEmpty()) {
      ResultRows.write(tx, batch.id(), results, group.at());
      log.append(tx, batch.id(), group.at(), results.stream().map(BatchLog::ended).toList());
    }
  }

  /**
   * The results of keys whose secret was not replaced during the test; the other keys stay without
   * a result and are tested again. Each replacement changes the version of the pool, so most groups
   * need no query for their secrets.
   */
  private List<KeyCheckResult> withCurrentSecret(Tx tx, ClaimedBatch batch, Applied group) {
    return group.complete() && keys.status().version(tx, batch.pool()) == group.poolVersion()
        ? group.tested()
        : keys.updater().withCurrentSecret(tx, group.tested());
  }
}
