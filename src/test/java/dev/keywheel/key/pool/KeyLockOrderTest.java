package dev.keywheel.key.pool;

import static java.util.Comparator.comparing;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.Observations;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of several keys lock them in the order of their ids, as the count of calls does. */
final class KeyLockOrderTest {
  private static final Actor RUN = Actor.run(new UUID(1, 1));

  @AutoClose private final TestPool t = new TestPool();
  private UUID first;
  private UUID second;

  @BeforeEach
  void addKeys() {
    List<UUID> keys = t.add(2).stream().sorted(comparing(UUID::toString)).toList();
    first = keys.get(0);
    second = keys.get(1);
  }

  @Test
  void a_call_that_reaches_a_limit_of_an_account_locks_its_keys_in_order() throws Exception {
    t.account("acme", first, second);
    duringCountOfCalls(() -> call(second, ofAccount()));
  }

  @Test
  void a_call_that_reaches_a_limit_of_an_account_that_it_names_locks_its_keys_in_order()
      throws Exception {
    t.account("acme", first);
    t.database.runTx(tx -> tx.dsl().execute("update api_keys set account_source = 'learnt'"));
    var named = Observations.facts(null, null, false, false, null, "acme");
    check(second, Observations.good(t.clock.instant(), named));
    duringCountOfCalls(() -> call(second, ofAccount()));
  }

  @Test
  void a_check_that_finds_a_limit_of_an_account_locks_its_keys_in_order() throws Exception {
    t.account("acme", first, second);
    duringCountOfCalls(
        () -> check(second, Observations.good(t.clock.instant(), Observations.facts(0, null))));
  }

  @Test
  void a_second_unattributed_refusal_in_a_row_locks_both_keys_in_order() throws Exception {
    call(first, Observations.bare(t.clock.instant()));
    t.clock.tick(Duration.ofSeconds(1));
    duringCountOfCalls(() -> call(second, Observations.bare(t.clock.instant())));
  }

  @Test
  void a_change_of_both_keys_by_a_user_locks_them_in_order() throws Exception {
    moveFirstBehindSecond();
    var both = new Selection.Matching(KeyFilter.ALL, 2, t.clock.instant());
    duringCountOfCalls(() -> t.edits(10).tag(t.admin, both, "spare", true));
    moveFirstBehindSecond();
    duringCountOfCalls(() -> t.edits(10).setAccount(t.admin, both, "acme"));
    moveFirstBehindSecond();
    duringCountOfCalls(() -> t.edits(10).delete(t.admin, both));
  }

  @Test
  void a_cancellation_of_a_batch_locks_its_keys_in_order() throws Exception {
    UUID batch = t.ids.next();
    check(first, Observations.refused(t.clock.instant()));
    check(second, Observations.refused(t.clock.instant()));
    t.database.runTx(
        tx -> {
          tx.dsl()
              .execute(
                  "insert into recoveries (id, workspace_id, provider, trigger, state, started_at)"
                      + " select ?, workspace_id, provider, 'asked', 'cancelled', added_at"
                      + " from api_keys limit 1",
                  batch);
          tx.dsl()
              .execute(
                  "insert into key_tests (recovery_id, key_id, asked_at, from_status, result)"
                      + " select ?, id, added_at, status, 'cancelled' from api_keys",
                  batch);
          tx.dsl().execute("update api_keys set check_due = added_at");
        });
    moveFirstBehindSecond();
    duringCountOfCalls(
        () -> t.database.runTx(tx -> t.pool.rechecks().postponeCancelled(tx, batch)));
  }

  /**
   * Moves the first key behind the second in the table and by name, so that a statement that reads
   * the keys in either order would lock them in the wrong one.
   */
  private void moveFirstBehindSecond() {
    t.database.runTx(
        tx -> tx.dsl().execute("update api_keys set name = 'z' || name where id = ?", first));
  }

  /** Locks both keys, as the count of calls does, while another transaction changes them. */
  private void duringCountOfCalls(Runnable change) throws Exception {
    var changing = new AtomicReference<Future<?>>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      t.database.runTx(
          tx -> {
            KeyUses.lock(tx, List.of(first));
            changing.set(executor.submit(change));
            Await.until("the change waits", () -> TestDatabase.anotherWaitsForLock(tx));
            tx.dsl().execute("set local lock_timeout = '500ms'"); // shorter than deadlock_timeout
            KeyUses.lock(tx, List.of(second));
          });
      changing.get().get();
    }
  }

  private CallOutcome ofAccount() {
    return Observations.limited(
        t.clock.instant(), LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null);
  }

  private void call(UUID key, CallOutcome outcome) {
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordCall(tx, t.id, key, 1, outcome, ModelClass.FREE, t.clock.instant(), RUN));
  }

  private void check(UUID key, CheckOutcome outcome) {
    var checked = List.of(Observations.checked(key, outcome));
    t.database.runTx(
        tx -> t.pool.updater().recordChecks(tx, t.id, checked, t.clock.instant(), RUN));
  }
}
