package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.job.JobResult;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.Rechecks.DueCheck;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Requests the due checks of limited and failed keys, and retries inconclusive batches. Runs on one
 * node at a time. The keys of a paused pool are checked after the end of the pause, and those of a
 * provider that is not installed are left out. {@link dev.keywheel.key.state.RecheckSchedule}
 * computes when a check is due, for failed keys in {@code ofFailed}.
 */
final class DueChecks {
  /**
   * Poll interval; normally, a check is requested at most this plus {@link #SPREAD} after it is
   * due.
   */
  static final Duration POLL_INTERVAL = Duration.ofSeconds(2);

  /**
   * Maximum delay of a check. Keys of one account become due at the same instant, so their checks
   * are delayed by different times, each at most a tenth of the key's wait.
   */
  static final Duration SPREAD = Duration.ofSeconds(5);

  /** Maximum number of keys requested at once; a pool whose batch has more to test is left out. */
  private static final int MAX_KEYS = 5_000;

  /** Poll interval for the end of the pause before a retry, because a pause may end early. */
  private static final Duration RETRY_POLL_INTERVAL = Duration.ofSeconds(5);

  /** Poll interval of a retry whose provider is not installed; another node may have it. */
  private static final Duration PROVIDER_POLL_INTERVAL = Duration.ofMinutes(5);

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final Recovery recovery;
  private final InstantSource clock;
  private final BatchRepository batchRepository = new BatchRepository();

  DueChecks(
      Database database,
      KeyPool keys,
      Providers providers,
      Recovery recovery,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.recovery = recovery;
    this.clock = clock;
  }

  void requestDueTests() {
    var now = clock.instant();
    var due = keys.rechecks().findDue(now, 1, Set.of()).stream().map(DueCheck::pool).toList();
    if (due.stream().noneMatch(this::isInstalled)) {
      return; // as usual; without a query of the running batches
    }
    var leftOut = new HashSet<>(recovery.busy(MAX_KEYS));
    due.stream().filter(pool -> !isInstalled(pool)).forEach(leftOut::add);
    var byPool = new LinkedHashMap<PoolId, List<UUID>>();
    for (var key : keys.rechecks().findDue(now, MAX_KEYS, leftOut)) {
      if (!spread(key.at(), key.since(), key.keyId()).isAfter(now)) {
        byPool.computeIfAbsent(key.pool(), pool -> new ArrayList<>()).add(key.keyId());
      }
    }
    byPool.forEach(
        (pool, wanted) -> recovery.requestTests(pool, Trigger.DUE_CHECK, null, null, wanted));
  }

  /**
   * Tests what an inconclusive batch did not test, but not during a pause, such as a block. Waits
   * for the pool's provider if it is not installed, until retention deletes the batch.
   */
  JobResult retry(UUID recoveryId) {
    var pool = database.read(dsl -> batchRepository.pool(dsl, recoveryId));
    if (pool.isPresent() && !isInstalled(pool.get())) {
      return new JobResult.Again(clock.instant().plus(PROVIDER_POLL_INTERVAL));
    }
    var pause = pool.flatMap(keys.status()::findPause);
    if (pause.isPresent()) {
      var poll = clock.instant().plus(RETRY_POLL_INTERVAL);
      return new JobResult.Again(Collections.min(List.of(poll, pause.get().until())));
    }
    pool.ifPresent(of -> recovery.retry(of, recoveryId));
    return new JobResult.Done();
  }

  private boolean isInstalled(PoolId pool) {
    return providers.find(pool.provider()).isPresent();
  }

  /** The due time plus the key's delay, derived from the last bits of its id, which are random. */
  static Instant spread(Instant due, Instant since, UUID key) {
    long tenth = Duration.between(since, due).toMillis() / 10;
    long most = Math.clamp(tenth, 0, SPREAD.toMillis());
    return due.plusMillis(most * (key.getLeastSignificantBits() & 0xffff) / 0x10000);
  }
}
