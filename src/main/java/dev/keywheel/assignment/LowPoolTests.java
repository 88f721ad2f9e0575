package dev.keywheel.assignment;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.BatchSelectionRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.run.RunFence;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Tests the limited and failed keys of a pool with too few active keys, before a run is planned.
 */
final class LowPoolTests {
  /** Maximum wait for tests. A check takes up to ten seconds and may be repeated once. */
  private static final Duration MAX_TEST_WAIT = Duration.ofSeconds(30);

  /** A key that was tested within this time, for a low pool or a due check, is not tested again. */
  static final Duration FRESH_CHECK = Duration.ofSeconds(60);

  private final Database database;
  private final Recovery recovery;
  private final InstantSource clock;

  LowPoolTests(Database database, Recovery recovery, InstantSource clock) {
    this.database = database;
    this.recovery = recovery;
    this.clock = clock;
  }

  /**
   * The limited and failed keys that were not tested within {@link #FRESH_CHECK}, at most {@link
   * BatchSelectionRepository#MAX_FOR_RUN}.
   */
  List<UUID> testable(Tx tx, PoolId pool) {
    return recovery.testableUnlessRetested(tx, pool, clock.instant().minus(FRESH_CHECK));
  }

  /** Tests the keys, in batches in a large pool; returns those that became usable. */
  Set<UUID> run(RunFence run, List<UUID> first, int required) {
    var recovered = new HashSet<UUID>();
    var until = clock.instant().plus(MAX_TEST_WAIT);
    var testable = first;
    while (!testable.isEmpty() && recovered.size() < required) {
      var ticket = recovery.requestTests(run.pool(), Trigger.LOW_POOL, null, run.runId(), testable);
      var result = recovery.await(ticket, Duration.between(clock.instant(), until));
      result.keys().stream()
          .filter(KeyTestResult::recovered)
          .map(KeyTestResult::keyId)
          .forEach(recovered::add);
      testable =
          result.finished() && testable.size() == BatchSelectionRepository.MAX_FOR_RUN
              ? database.inTx(tx -> testable(tx, run.pool()))
              : List.of();
    }
    return recovered;
  }
}
