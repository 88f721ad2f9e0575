package dev.keywheel.recovery.batch;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.CheckVerdict;
import dev.keywheel.key.state.Checked;
import dev.keywheel.key.state.KeyReason;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchRepository.Taken;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.InconclusiveReason;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Applies what a batch learns: a group of results in one transaction, and the end of the batch.
 * Whoever does not hold the batch any more (it was cancelled, or another node took it over) changes
 * nothing. Locks in the order pool, batch, keys, log.
 */
public final class BatchWriter {
  public static final String RETRY_JOB = "recovery.retry";

  /** The first pause after an inconclusive batch; doubled for each one that follows. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(60);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** How an attempt to end a batch went. */
  enum Ending {
    ENDED,
    /** Keys were added meanwhile: go on. */
    MORE,
    /** It is somebody else's now, or over. */
    LOST
  }

  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final InstantSource clock;
  private final ResultSignal resultSignal;
  private final Refusals refusals;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();

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
  }

  /** Applies a group; false when the batch is not the caller's any more. */
  boolean write(Taken batch, List<Tested> group) {
    boolean ours =
        database.inTx(
            tx -> {
              keys.lock(tx, batch.pool());
              if (batchRepository.hold(tx, batch).isEmpty()) {
                return false;
              }
              apply(tx, batch, group);
              return true;
            });
    resultSignal.ring();
    return ours;
  }

  /** Applies what was learnt before somebody cancelled the batch; nothing in any other case. */
  void writeCancelled(Taken batch, List<Tested> learnt) {
    if (!learnt.isEmpty()) {
      database.runTx(
          tx -> {
            keys.lock(tx, batch.pool());
            if (batchRepository.holdCancelled(tx, batch)) {
              apply(tx, batch, learnt);
            }
          });
    }
  }

  /** Ends the batch with what it learnt, unless it holds more keys than {@code known}. */
  Ending finish(
      Taken batch, int known, List<Tested> heldBack, BatchCircuitBreaker batchCircuitBreaker) {
    return ending(
        batch,
        known,
        tx -> {
          var judged = judge(batch, heldBack, batchCircuitBreaker);
          apply(tx, batch, judged.tested());
          notice(tx, batch, batchCircuitBreaker);
          if (judged.pause() != null) {
            pause(tx, batch.pool(), judged.pause());
          }
          if (batchCircuitBreaker.anyGood()) {
            keys.resume(tx, batch.pool()); // what stood in the way to the provider does so no more
          }
          var now = clock.instant();
          batchRepository.end(tx, batch.id(), BatchState.DONE, null, now);
          log.append(
              tx,
              batch.id(),
              now,
              List.of(BatchLog.completed(batchRepository.tally(tx.dsl(), batch.id()))));
        });
  }

  /** A user who asks for a test is shown its refusals; otherwise they may be the provider's. */
  private Refusals.Judged judge(
      Taken batch, List<Tested> refused, BatchCircuitBreaker batchCircuitBreaker) {
    return batch.trigger() == Trigger.ASKED || batchCircuitBreaker.anyGood()
        ? new Refusals.Judged(refused, null)
        : refusals.judge(batch.pool(), refused, clock.instant());
  }

  private void pause(Tx tx, PoolId pool, Duration length) {
    keys.pause(tx, pool, clock.instant().plus(length), Refusals.EVERY_KEY);
    keys.notice(tx, pool, Refusals.EVERY_KEY + Refusals.IS_IT_THE_ADDRESS);
  }

  /** Ends the batch without a mark on any key, pauses the pool and has it tried again later. */
  Ending inconclusive(Taken batch, int known, String word, String sentence) {
    return ending(
        batch,
        known,
        tx -> {
          var now = clock.instant();
          tests.fillWaiting(tx, batch.id(), TestOutcome.UNKNOWN, word, now);
          tests.recount(tx, batch.id());
          var nextTry = now.plus(pauseAfter(batchRepository.inconclusiveInARow(tx, batch.pool())));
          batchRepository.end(tx, batch.id(), BatchState.INCONCLUSIVE, sentence, now);
          keys.pause(tx, batch.pool(), nextTry, sentence);
          jobs.schedule(tx, RETRY_JOB, batch.id().toString(), nextTry);
          log.append(
              tx,
              batch.id(),
              now,
              List.of(
                  BatchLog.inconclusive(
                      batchRepository.tally(tx.dsl(), batch.id()), sentence, nextTry)));
        });
  }

  private Ending ending(Taken batch, int known, Consumer<Tx> work) {
    var ending =
        database.inTx(
            tx -> {
              keys.lock(tx, batch.pool());
              var total = batchRepository.hold(tx, batch);
              if (total.isEmpty()) {
                return Ending.LOST;
              }
              if (total.get() > known) {
                return Ending.MORE;
              }
              work.accept(tx);
              return Ending.ENDED;
            });
    resultSignal.ring();
    return ending;
  }

  private void apply(Tx tx, Taken batch, List<Tested> group) {
    if (group.isEmpty()) {
      return;
    }
    var now = clock.instant();
    var checked = group.stream().map(t -> new Checked(t.key().keyId(), t.verdict())).toList();
    var after = keys.observeAll(tx, batch.pool(), checked, now, Actor.recovery(batch.id()));
    var results = group.stream().map(t -> result(t, after.get(t.key().keyId()), now)).toList();
    ResultRows.write(tx, batch.id(), results, now);
    log.append(tx, batch.id(), now, results.stream().map(BatchLog::ended).toList());
  }

  /**
   * What a test came to.
   *
   * @param after what the key shows since the verdict was applied; null when it was deleted
   */
  public static KeyTestResult result(Tested tested, KeyState.@Nullable Shown after, Instant now) {
    var key = tested.key();
    var verdict = tested.verdict();
    TestOutcome outcome;
    @Nullable String reason;
    if (after == null || after.status() == KeyStatus.DISABLED) {
      outcome = TestOutcome.CANCELLED;
      reason = InconclusiveReason.TAKEN_OUT;
    } else if (verdict instanceof CheckVerdict.Unknown unknown) {
      outcome = TestOutcome.UNKNOWN;
      reason = unknown.kind();
    } else {
      outcome =
          switch (after.status()) {
            case ACTIVE -> TestOutcome.ACTIVE;
            case RATE_LIMITED -> TestOutcome.RATE_LIMITED;
            case FAILED -> TestOutcome.FAILED;
            case DISABLED -> TestOutcome.CANCELLED;
          };
      reason = dayRuns(verdict, after) ? KeyTestResult.DAY_RUNS + after.until() : after.reason();
    }
    return new KeyTestResult(
        key.keyId(),
        key.name(),
        key.from(),
        outcome,
        reason,
        verdict.evidence(),
        verdict.latencyMs(),
        now);
  }

  /**
   * Whether nothing but a daily limit holds it back, which was seen before and not by this check.
   */
  private static boolean dayRuns(CheckVerdict verdict, KeyState.Shown after) {
    return verdict instanceof CheckVerdict.Good
        && KeyReason.FREE_DAILY.equals(after.reason())
        && !verdict.evidence().equals(after.evidence());
  }

  private void notice(Tx tx, Taken batch, BatchCircuitBreaker batchCircuitBreaker) {
    if (batchCircuitBreaker.allRefused() && keys.counts(tx, batch.pool()).active() == 0) {
      keys.notice(tx, batch.pool(), allRefused(batch.pool()));
    } else if (batchCircuitBreaker.anyGood()) {
      keys.notice(tx, batch.pool(), null);
    }
  }

  public static String allRefused(PoolId pool) {
    return "Every key that was tested was refused with 401. Is the address of the provider "
        + Providers.label(pool.provider())
        + " right? Once it is, one test of all failed keys brings them back.";
  }

  private static Duration pauseAfter(int inconclusiveBefore) {
    var doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(inconclusiveBefore, 8));
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }
}
