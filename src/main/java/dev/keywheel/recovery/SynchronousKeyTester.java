package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.StreamKind;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.recovery.batch.BatchCircuitBreaker;
import dev.keywheel.recovery.batch.BatchWriter;
import dev.keywheel.recovery.batch.KeyChecker;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Delayer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/** Tests a single key in the caller's thread, as a batch of its own. */
final class SynchronousKeyTester {
  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final Ids ids;
  private final InstantSource clock;
  private final KeyChecker keyChecker;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();

  SynchronousKeyTester(
      Database database,
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      ExecutionLog log,
      Ids ids,
      InstantSource clock,
      Delayer delayer) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.settings = settings;
    this.log = log;
    this.ids = ids;
    this.clock = clock;
    this.keyChecker = new KeyChecker(delayer);
  }

  KeyTestResult confirm(
      PoolId pool, UUID keyId, Trigger trigger, Actor by, Predicate<ApiKey> evidence) {
    var began = clock.instant();
    var key = keys.get(pool.workspaceId(), keyId);
    var keyToTest = KeyToTest.of(key);
    var checked = new KeyCheckResult(keyToTest, ask(pool, keyToTest));
    boolean doubted = checked.outcome() instanceof CheckOutcome.Unauthorized && !evidence.test(key);
    var judged = doubted ? checked.inconclusive() : checked;
    return database.inTx(tx -> apply(tx, pool, judged, began, trigger, by));
  }

  /** Checks the key, a second time if it is refused and not already failed; stores nothing. */
  CheckOutcome ask(PoolId pool, KeyToTest key) {
    var set = RecoverySettings.of(settings, pool.workspaceId());
    try {
      return keyChecker.ask(
          providers.byName(pool.provider()),
          keys.secrets().open(pool.workspaceId(), key.keyId()),
          key.from() == KeyStatus.FAILED,
          set.deadline());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var nothing =
          new Evidence(clock.instant(), "key check", null, "not asked", "", Map.of(), null);
      return new CheckOutcome.Inconclusive(InconclusiveReason.STOPPED, null, nothing, 0);
    }
  }

  private KeyTestResult apply(
      Tx tx, PoolId pool, KeyCheckResult tested, Instant began, Trigger trigger, Actor by) {
    keys.rotation().lock(tx, pool);
    var key = tested.key();
    var now = clock.instant();
    var id = ids.next();
    batchRepository.insertEnded(tx, id, pool, trigger, by, began, now);
    if (tests.add(tx, id, List.of(key.keyId()), began) == 0) {
      throw new NotFound("The key was deleted.");
    }
    var actor = new Actor(by.actor(), by.runId(), id);
    var after = keys.updater().recordChecks(tx, pool, List.of(tested), now, actor).get(key.keyId());
    var result = BatchWriter.result(tested, after, now);
    ResultRows.write(tx, id, List.of(result), now);
    ResultRows.recount(tx, id);
    var counts = keys.status().counts(tx, pool);
    if (result.outcome() == TestOutcome.FAILED
        && counts.failed() >= BatchCircuitBreaker.MIN_KEYS
        && counts.failed() == counts.notDisabled()) {
      keys.status().setNotice(tx, pool, BatchWriter.allRefusedNotice(pool));
    }
    log.open(tx, id, pool.workspaceId(), StreamKind.RECOVERY);
    log.append(tx, id, now, List.of(BatchLog.ended(result)));
    return result;
  }
}
