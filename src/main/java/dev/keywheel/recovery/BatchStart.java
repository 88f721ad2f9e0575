package dev.keywheel.recovery;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.Trigger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Starts batches, and adds keys to the running batch of a pool. */
final class BatchStart {
  private final KeyPool keys;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();

  BatchStart(KeyPool keys, ExecutionLog log, Jobs jobs, Ids ids, InstantSource clock) {
    this.keys = keys;
    this.log = log;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
  }

  /** Requests all limited and failed keys without reading them here. */
  BatchTicket askAll(Tx tx, PoolId pool, Principal who) {
    keys.rotation().lock(tx, pool);
    var counts = keys.status().counts(tx, pool);
    int wanted = counts.rateLimited() + counts.failed();
    if (wanted == 0) {
      return BatchTicket.ofKeys(pool, null, null, List.of(), false);
    }
    var now = clock.instant();
    var running = batchRepository.running(tx, pool);
    var id = running.orElseGet(() -> begin(tx, pool, Trigger.ASKED, who, null, now));
    int added = tests.addTestable(tx, id, pool, now);
    if (running.isEmpty()) {
      log.append(tx, id, now, BatchLog.started(counts.rateLimited(), counts.failed(), 0));
    } else if (added > 0) {
      log.append(tx, id, now, List.of(BatchLog.joined(added, who.email())));
    }
    return BatchTicket.ofMany(pool, id, wanted, running.isPresent());
  }

  private UUID begin(
      Tx tx,
      PoolId pool,
      Trigger trigger,
      @Nullable Principal who,
      @Nullable UUID runId,
      Instant now) {
    var id = ids.next();
    batchRepository.insert(tx, id, pool, trigger, who, runId, now);
    jobs.schedule(tx, Recovery.JOB, id.toString(), now);
    log.open(tx, id, pool.workspaceId(), StreamKind.RECOVERY);
    return id;
  }

  BatchTicket ask(
      Tx tx,
      PoolId pool,
      Trigger trigger,
      @Nullable Principal who,
      @Nullable UUID runId,
      Collection<UUID> wanted) {
    keys.rotation().lock(tx, pool);
    var candidates = tests.candidates(tx, pool, wanted);
    if (candidates.isEmpty()) {
      return BatchTicket.ofKeys(pool, null, runId, List.of(), false);
    }
    var now = clock.instant();
    var running = batchRepository.running(tx, pool);
    var id = running.orElseGet(() -> begin(tx, pool, trigger, who, runId, now));
    int added = tests.add(tx, id, candidates, now);
    if (running.isEmpty()) {
      log.append(tx, id, now, BatchLog.started(candidates));
    } else if (added > 0) {
      var asker = who == null ? trigger.label() : who.email();
      log.append(tx, id, now, List.of(BatchLog.joined(added, asker)));
    }
    if (runId != null) {
      log.append(tx, runId, now, BatchLog.started(candidates));
    }
    var asked = candidates.stream().map(KeyToTest::keyId).toList();
    return BatchTicket.ofKeys(pool, id, runId, asked, running.isPresent());
  }
}
