package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.recovery.batch.ResultSignal;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.time.Deadline;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** Waits for the results of a ticket's keys. */
final class BatchAwaiter {
  /** Poll interval of callers on other nodes; callers on the node of the batch are woken. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  /**
   * Number of keys up to which their results are read at each poll. For more keys, they are read
   * only when the batch has another number of results: a dropped result and a new one are missed.
   */
  private static final int MAX_READ_ALWAYS = 100;

  private final Database database;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final ResultSignal resultSignal;
  private final InstantSource clock;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();

  BatchAwaiter(
      Database database,
      ExecutionLog log,
      Jobs jobs,
      ResultSignal resultSignal,
      InstantSource clock) {
    this.database = database;
    this.log = log;
    this.jobs = jobs;
    this.resultSignal = resultSignal;
    this.clock = clock;
  }

  /**
   * Waits up to {@code atMost} until each of the ticket's keys has a result, or until the batch
   * ends if the ticket does not list its keys. Returns early when the node stops, or when the
   * thread is interrupted, and then leaves the interrupt flag set. The results of a run's ticket
   * are logged for the run, each result once, even if this method is called several times.
   */
  BatchResult await(BatchTicket batchTicket, Duration atMost) {
    var recovery = batchTicket.recoveryId();
    if (recovery == null) {
      return BatchResult.NOTHING;
    }
    var deadline = new Deadline(atMost);
    while (true) {
      long signals = resultSignal.count();
      boolean finished = readNewResults(batchTicket, recovery);
      if (finished) {
        return new BatchResult(true, batchTicket.ended());
      }
      if (jobs.stopping().begun()) {
        return new BatchResult(false, all(batchTicket, recovery));
      }
      if (deadline.passed()) {
        return endWait(batchTicket, recovery, atMost);
      }
      try {
        var slice = Collections.min(List.of(deadline.left(), POLL_INTERVAL));
        resultSignal.await(signals, new Deadline(slice));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new BatchResult(false, all(batchTicket, recovery));
      }
    }
  }

  /** Reads and logs new results; true when each listed key has a result or the batch is over. */
  private boolean readNewResults(BatchTicket batchTicket, UUID recovery) {
    var progress = database.read(dsl -> batchRepository.progress(dsl, recovery));
    boolean over = progress.isEmpty() || !progress.get().running();
    if (over || batchTicket.updateEnded(progress.get().ended()) || fewWaiting(batchTicket)) {
      var fresh = database.read(dsl -> tests.ended(dsl, recovery, batchTicket.waiting()));
      batchTicket.add(fresh);
      boolean finished = over || (batchTicket.listed() && batchTicket.waiting().isEmpty());
      logResults(batchTicket, fresh, finished);
      return finished;
    }
    return batchTicket.listed() && batchTicket.waiting().isEmpty();
  }

  private static boolean fewWaiting(BatchTicket batchTicket) {
    int waiting = batchTicket.waiting().size();
    return waiting > 0 && waiting <= MAX_READ_ALWAYS;
  }

  private BatchResult endWait(BatchTicket batchTicket, UUID recovery, Duration atMost) {
    var results = all(batchTicket, recovery);
    var run = batchTicket.runId();
    if (run != null && batchTicket.finishOnce()) {
      var line = BatchLog.waitTimedOut(BatchCounts.of(results), atMost);
      database.runTx(tx -> log.append(tx, run, clock.instant(), List.of(line)));
    }
    return new BatchResult(false, results);
  }

  private List<KeyTestResult> all(BatchTicket batchTicket, UUID recovery) {
    return database.read(dsl -> tests.of(dsl, recovery, batchTicket.keys()));
  }

  private void logResults(BatchTicket batchTicket, List<KeyTestResult> fresh, boolean finished) {
    var run = batchTicket.runId();
    if (run == null) {
      return;
    }
    var lines = new ArrayList<LogLine>();
    fresh.stream().filter(KeyTestResult::recovered).map(BatchLog::recovered).forEach(lines::add);
    if (finished && batchTicket.finishOnce()) {
      lines.add(BatchLog.completed(BatchCounts.of(batchTicket.ended())));
    }
    if (!lines.isEmpty()) {
      database.runTx(tx -> log.append(tx, run, clock.instant(), lines));
    }
  }
}
