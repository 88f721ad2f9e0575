package dev.keywheel.recovery;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchSelection;
import dev.keywheel.recovery.store.BatchSelectionRepository;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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
  private final BatchSelectionRepository selections = new BatchSelectionRepository();

  BatchStart(KeyPool keys, ExecutionLog log, Jobs jobs, Ids ids, InstantSource clock) {
    this.keys = keys;
    this.log = log;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
  }

  /** Requests a test of all rate-limited and failed keys of the pool, however many. */
  BatchTicket requestTestsOfUnusable(Tx tx, PoolId pool, Principal who) {
    var selection = new BatchSelection(KeyFilter.ALL, true, clock.instant());
    var missing = selections.countMissing(tx, pool, selection);
    keys.rotation().lock(tx, pool);
    var counts = keys.status().counts(tx, pool);
    var wanted = new ByStatus(counts.rateLimited(), counts.failed(), 0);
    return requestTests(tx, pool, who, selection, wanted, missing);
  }

  /**
   * Requests a test of all matching keys of the pools that are not disabled, however many. They are
   * counted before the first pool is locked, because assignments would otherwise wait for seconds.
   */
  List<BatchTicket> requestTestsOfMatching(
      Tx tx, List<PoolId> pools, Principal who, KeyFilter filter, Instant asOf) {
    var selection = new BatchSelection(filter, false, asOf);
    var wanted = new LinkedHashMap<PoolId, ByStatus>();
    var missing = new HashMap<PoolId, OptionalInt>();
    for (var pool : pools) {
      wanted.put(pool, ByStatus.of(selections.countByStatus(tx, pool, selection)));
      missing.put(pool, selections.countMissing(tx, pool, selection));
    }
    var tickets = new ArrayList<BatchTicket>();
    wanted.forEach(
        (pool, counted) -> {
          keys.rotation().lock(tx, pool);
          tickets.add(
              requestTests(
                  tx,
                  pool,
                  who,
                  selection,
                  counted,
                  missing.getOrDefault(pool, OptionalInt.empty())));
        });
    return tickets;
  }

  /** The number of keys to test, by their current status. */
  private record ByStatus(int limited, int failed, int active) {
    static ByStatus of(Map<KeyStatus, Integer> counts) {
      return new ByStatus(
          counts.getOrDefault(KeyStatus.RATE_LIMITED, 0),
          counts.getOrDefault(KeyStatus.FAILED, 0),
          counts.getOrDefault(KeyStatus.ACTIVE, 0));
    }

    int all() {
      return limited + failed + active;
    }
  }

  /**
   * Requests a test of the selected keys.
   *
   * @param missing keys that the batch running before the lock would not test; empty without one
   */
  private BatchTicket requestTests(
      Tx tx,
      PoolId pool,
      Principal who,
      BatchSelection selection,
      ByStatus wanted,
      OptionalInt missing) {
    if (wanted.all() == 0) {
      return BatchTicket.ofKeys(null, null, List.of(), false);
    }
    var now = clock.instant();
    var running = batchRepository.lockRunning(tx, pool);
    var id = running.orElseGet(() -> begin(tx, pool, Trigger.USER, who, null, now));
    if (running.isEmpty()) {
      selections.add(tx, id, pool, selection, wanted.all(), now);
      log.append(tx, id, now, BatchLog.started(wanted.limited(), wanted.failed(), wanted.active()));
    } else {
      batchRepository.addUser(tx, id, who);
      int added = missing.orElse(wanted.all());
      selections.addLater(tx, id, selection, added);
      if (added > 0) {
        log.append(tx, id, now, List.of(BatchLog.joined(added, who.email())));
      }
    }
    return BatchTicket.ofMany(id, wanted.all(), running.isPresent());
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

  BatchTicket requestTests(
      Tx tx,
      PoolId pool,
      Trigger trigger,
      @Nullable Principal who,
      @Nullable UUID runId,
      Collection<UUID> wanted) {
    keys.rotation().lock(tx, pool);
    var candidates = tests.candidates(tx, pool, wanted);
    if (candidates.isEmpty()) {
      return BatchTicket.ofKeys(null, runId, List.of(), false);
    }
    var now = clock.instant();
    var running = batchRepository.lockRunning(tx, pool);
    var id = running.orElseGet(() -> begin(tx, pool, trigger, who, runId, now));
    var asked = candidates.stream().map(KeyToTest::keyId).toList();
    if (running.isPresent()) {
      // A user wants a new result; for others, that of the running batch is new enough.
      tests.dropOutdated(tx, id, asked, trigger == Trigger.USER, now);
      if (who != null) {
        batchRepository.addUser(tx, id, who);
      }
    }
    int added = tests.add(tx, id, asked, now);
    if (running.isEmpty()) {
      log.append(tx, id, now, BatchLog.started(candidates));
    } else if (added > 0) {
      var asker = who == null ? trigger.label() : who.email();
      log.append(tx, id, now, List.of(BatchLog.joined(added, asker)));
    }
    if (runId != null) {
      log.append(tx, runId, now, BatchLog.started(candidates));
    }
    return BatchTicket.ofKeys(id, runId, asked, running.isPresent());
  }

  /**
   * Requests a test of the keys that an inconclusive batch could not test, and of those selected
   * for it that it did not contain yet. The ticket is empty, and nothing is tested, if all keys of
   * the batch were tested later and its selections have no more keys.
   */
  BatchTicket retry(Tx tx, PoolId pool, UUID inconclusive) {
    boolean selected = selections.anyKey(tx, pool, inconclusive);
    var untested = tests.untested(tx.dsl(), inconclusive);
    var ticket = requestTests(tx, pool, Trigger.DUE_CHECK, null, null, untested);
    if (!selected) {
      return ticket;
    }
    var now = clock.instant();
    var running = batchRepository.lockRunning(tx, pool);
    var batch = running.orElseGet(() -> begin(tx, pool, Trigger.DUE_CHECK, null, null, now));
    boolean joined = ticket.isEmpty() ? running.isPresent() : ticket.joined();
    int remaining = selections.remaining(tx, inconclusive);
    selections.move(tx, inconclusive, batch, joined);
    if (!joined && remaining > 0) {
      var line = BatchLog.joined(remaining, Trigger.DUE_CHECK.label());
      log.append(tx, batch, now, List.of(line));
    }
    return BatchTicket.ofMany(batch, ticket.size() + remaining, joined);
  }

  /** Cancels a running batch; false when the batch is already over. */
  boolean cancel(Tx tx, PoolId pool, UUID recovery, String who) {
    keys.rotation().lock(tx, pool);
    var now = clock.instant();
    if (!batchRepository.end(tx, recovery, BatchState.CANCELLED, "Cancelled by " + who, now)) {
      return false;
    }
    tests.fillWaiting(tx, recovery, TestOutcome.CANCELLED, null, now);
    keys.rechecks().postponeCancelled(tx, recovery);
    ResultRows.recount(tx, recovery);
    batchRepository.addCancelled(tx, recovery, selections.remaining(tx, recovery));
    selections.drop(tx, recovery);
    log.append(
        tx,
        recovery,
        now,
        List.of(BatchLog.cancelled(batchRepository.counts(tx.dsl(), recovery), who)));
    return true;
  }
}
