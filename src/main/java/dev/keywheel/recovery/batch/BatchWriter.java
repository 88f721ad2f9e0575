package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.PoolStatus;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.TestReason;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import dev.keywheel.recovery.store.BatchSelectionRepository;
import dev.keywheel.recovery.store.BatchSelectionRepository.Part;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds keys to a batch, and ends it. A node that no longer holds the batch (cancelled, or taken
 * over) changes nothing. Locks are taken in the order pool, batch, keys, log.
 */
public final class BatchWriter {
  private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);

  public static final String RETRY_JOB = "recovery.retry";

  /** Pause after the first inconclusive batch; doubled for each consecutive inconclusive batch. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(60);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  enum Ending {
    ENDED,
    /** The batch has keys without a result: continue. */
    MORE,
    /** Another node holds the batch, or the batch is over. */
    LOST
  }

  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final InstantSource clock;
  private final ResultSignal resultSignal;
  private final Refusals refusals;
  private final ResultWriter results;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();
  private final BatchSelectionRepository selections = new BatchSelectionRepository();

  public BatchWriter(
      Database database,
      KeyPool keys,
      ExecutionLog log,
      Jobs jobs,
      InstantSource clock,
      ResultSignal resultSignal,
      Refusals refusals) {
    this.database = database;
    this.keys = keys;
    this.log = log;
    this.jobs = jobs;
    this.clock = clock;
    this.resultSignal = resultSignal;
    this.refusals = refusals;
    this.results = new ResultWriter(database, keys, log, clock, resultSignal);
  }

  ResultWriter results() {
    return results;
  }

  /** Adds the next selected keys to the batch; empty if none are left or the batch is lost. */
  Optional<Part> addSelected(ClaimedBatch batch) {
    if (!database.read(dsl -> selections.any(dsl, batch.id()))) {
      return Optional.empty();
    }
    return database.inTx(
        tx -> {
          keys.rotation().lock(tx, batch.pool());
          return batchRepository
              .lockIfRunning(tx, batch)
              .flatMap(_ -> selections.addNext(tx, batch.id(), batch.pool(), clock.instant()));
        });
  }

  /**
   * Ends the batch, unless it has more keys than {@code known} or a key without a result.
   *
   * @param pause the pool's pause before the checks, which an accepted key ends; a later pause is
   *     kept, since the checks may be older
   */
  Ending finish(
      ClaimedBatch batch,
      int known,
      List<KeyCheckResult> heldBack,
      BatchCircuitBreaker batchCircuitBreaker,
      Optional<PoolPause> pause) {
    return refusals.storing(
        batch.pool(),
        () ->
            ending(
                batch,
                known,
                heldBack,
                tx -> {
                  var judged = judge(batch, heldBack, batchCircuitBreaker);
                  results.apply(tx, batch, judged.tested());
                  setNotice(tx, batch, batchCircuitBreaker);
                  if (judged.pause() != null) {
                    pause(tx, batch.pool(), judged.pause());
                  }
                  if (batchCircuitBreaker.anyGood()) {
                    pause.ifPresent(
                        before -> keys.status().resumePool(tx, batch.pool(), before.until()));
                  }
                  var now = clock.instant();
                  batchRepository.end(tx, batch.id(), BatchState.DONE, null, now);
                  var counts = batchRepository.counts(tx.dsl(), batch.id());
                  log.append(tx, batch.id(), now, List.of(BatchLog.completed(counts)));
                }));
  }

  /** Judges refusals before the end of the batch; pauses the pool if all keys are refused. */
  List<KeyCheckResult> judgeNow(
      ClaimedBatch batch, List<KeyCheckResult> refused, BatchCircuitBreaker batchCircuitBreaker) {
    var judged = judge(batch, refused, batchCircuitBreaker);
    var length = judged.pause();
    if (length != null) {
      refusals.storing(batch.pool(), () -> database.inTx(tx -> pause(tx, batch.pool(), length)));
    }
    return judged.tested();
  }

  /** {@link Refusals} judges, unless a user requested the batch or a key was accepted. */
  private Refusals.Judged judge(
      ClaimedBatch batch, List<KeyCheckResult> refused, BatchCircuitBreaker batchCircuitBreaker) {
    return batch.trigger() == Trigger.USER || batchCircuitBreaker.anyGood()
        ? new Refusals.Judged(refused, null)
        : refusals.judge(batch.pool(), refused, clock.instant());
  }

  private PoolPause pause(Tx tx, PoolId pool, Duration length) {
    return Refusals.pause(tx, keys.status(), pool, clock.instant().plus(length));
  }

  /**
   * Ends the batch without marking a key, pauses the pool and schedules a retry of all its keys.
   */
  Ending inconclusive(ClaimedBatch batch, int known, InconclusiveReason reason, String sentence) {
    Ending ended =
        ending(
            batch,
            known,
            null,
            tx -> {
              var now = clock.instant();
              tests.fillWaiting(tx, batch.id(), TestOutcome.UNKNOWN, reason, now);
              ResultRows.recount(tx, batch.id());
              batchRepository.addCancelled(tx, batch.id(), selections.remaining(tx, batch.id()));
              var nextTry =
                  now.plus(pauseAfter(batchRepository.inconclusiveInARow(tx, batch.pool())));
              batchRepository.end(tx, batch.id(), BatchState.INCONCLUSIVE, sentence, now);
              keys.status()
                  .pausePool(
                      tx, batch.pool(), new PoolPause(nextTry, sentence, PauseCause.of(reason)));
              jobs.schedule(tx, RETRY_JOB, batch.id().toString(), now); // waits for the pause
              log.append(
                  tx,
                  batch.id(),
                  now,
                  List.of(
                      BatchLog.inconclusive(
                          batchRepository.counts(tx.dsl(), batch.id()), sentence, nextTry)));
            });
    if (ended == Ending.ENDED) {
      keys.status()
          .findPause(batch.pool())
          .ifPresent(pause -> PoolStatus.logPause(LOG, batch.pool(), pause));
    }
    return ended;
  }

  /**
   * Ends the batch with {@code work}, unless keys were added or still have no result.
   *
   * @param inHand results that {@code work} applies; null if keys without a result do not matter
   */
  private Ending ending(
      ClaimedBatch batch, int known, @Nullable List<KeyCheckResult> inHand, Consumer<Tx> work) {
    var ending =
        database.inTx(
            tx -> {
              keys.rotation().lock(tx, batch.pool());
              var total = batchRepository.lockIfRunning(tx, batch);
              if (total.isEmpty()) {
                return Ending.LOST;
              }
              if (total.get() > known || (inHand != null && anyLeft(tx, batch, inHand))) {
                return Ending.MORE;
              }
              work.accept(tx);
              return Ending.ENDED;
            });
    resultSignal.signal();
    return ending;
  }

  /** Whether the batch has a selection, or a key without a result for its current secret. */
  private boolean anyLeft(Tx tx, ClaimedBatch batch, List<KeyCheckResult> inHand) {
    var tested =
        keys.updater().withCurrentSecret(tx, inHand).stream().map(result -> result.key().keyId());
    return selections.any(tx.dsl(), batch.id())
        || tests.anyWaiting(tx.dsl(), batch.id(), tested.toList());
  }

  /**
   * The result of a test.
   *
   * @param after the state of the key after the outcome was applied; null when the key was deleted
   */
  public static KeyTestResult result(
      KeyCheckResult checked, KeyState.@Nullable ShownStatus after, Instant now) {
    var key = checked.key();
    var check = checked.outcome();
    TestOutcome outcome = TestOutcome.CANCELLED;
    @Nullable TestReason reason = InconclusiveReason.TAKEN_OUT;
    @Nullable Instant limitedUntil = null;
    if (after != null && after.status() != KeyStatus.DISABLED) {
      if (check instanceof CheckOutcome.Inconclusive inconclusive) {
        outcome = TestOutcome.UNKNOWN;
        reason = inconclusive.reason();
      } else {
        outcome = TestOutcome.of(after.status());
        reason = after.reason();
        limitedUntil = outlastsCheck(check, after) ? after.until() : null;
      }
    }
    return new KeyTestResult(
        key.keyId(),
        key.name(),
        key.from(),
        outcome,
        reason,
        limitedUntil,
        check.evidence(),
        check.latencyMs(),
        now);
  }

  /** Whether the key passed this check, but an earlier daily limit still applies to it. */
  private static boolean outlastsCheck(CheckOutcome check, KeyState.ShownStatus after) {
    return check instanceof CheckOutcome.Accepted
        && after.reason() == KeyReason.FREE_DAILY
        && !check.evidence().equals(after.evidence());
  }

  private void setNotice(Tx tx, ClaimedBatch batch, BatchCircuitBreaker batchCircuitBreaker) {
    if (batchCircuitBreaker.allRefused() && keys.status().counts(tx, batch.pool()).active() == 0) {
      keys.status().setNotice(tx, batch.pool(), allRefusedNotice(batch.pool()));
    } else if (batchCircuitBreaker.anyGood()) {
      keys.status().setNotice(tx, batch.pool(), null);
    }
  }

  public static String allRefusedNotice(PoolId pool) {
    return "Every tested key was rejected with 401. Check the address of "
        + Providers.label(pool.provider())
        + "; once it is right, test all failed keys to reactivate them.";
  }

  private static Duration pauseAfter(int inconclusiveBefore) {
    var doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(inconclusiveBefore, 8));
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }
}
