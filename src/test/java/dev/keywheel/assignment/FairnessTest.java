package dev.keywheel.assignment;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import dev.keywheel.support.TestWheel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No key is assigned twice before every other key has been assigned once, over any period and for
 * all callers.
 */
@Tag("full")
class FairnessTest {
  @AutoClose private final TestWheel t = new TestWheel();

  /**
   * One of several processes on the same database, with its own connections and no shared memory.
   */
  private record Node(com.zaxxer.hikari.HikariDataSource connections, Assignments assignments)
      implements AutoCloseable {
    @Override
    public void close() {
      connections.close();
    }
  }

  private Node node() {
    var connections = ConnectionPool.open(t.pool.test.address(), 20, ConnectionPool.Use.JOBS);
    var database = new Database(connections);
    var keys = new KeyPool(database, t.pool.vault, t.pool.clock);
    return new Node(
        connections,
        new Assignments(
            database,
            keys,
            t.recovery,
            t.providers,
            t.settings,
            new ExecutionLog(database),
            t.pool.clock));
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 7, 13}) // fewer keys than seats, as many, and more
  void three_nodes_with_sixty_concurrent_runs_give_every_key_its_turn(int keys) throws Exception {
    t.pool.add(keys);
    var assigned = new ConcurrentLinkedQueue<Seat>();
    var nodes = List.of(node(), node(), node());
    var runs = new ArrayList<RunFence>();
    for (int i = 0; i < 60; i++) {
      runs.add(t.run());
    }
    var pending = new ArrayList<Future<Boolean>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < runs.size(); i++) {
        var run = runs.get(i);
        var assignments = nodes.get(i % nodes.size()).assignments();
        pending.add(threads.submit(() -> assigned.addAll(planned(assignments, run).seats())));
      }
    }
    for (var one : pending) {
      one.get();
    }
    for (var node : nodes) {
      node.close();
    }
    int seats = Math.min(7, keys);
    assertThat(assigned).hasSize(60 * seats);
    assertEveryWindowDistinct(
        assigned.stream().sorted(Comparator.comparingLong(Seat::seq)).toList(), keys);
    var counts = assigned.stream().collect(groupingBy(Seat::keyName, counting())).values();
    assertThat(counts).hasSize(keys);
    assertThat(counts.stream().max(Long::compare).orElseThrow())
        .isLessThanOrEqualTo(counts.stream().min(Long::compare).orElseThrow() + 1);
    assertThat(t.upstream.checked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 6, 7})
  void keys_that_all_serve_every_run_share_the_operations_that_cycle_back(int keys) {
    t.pool.add(keys);
    var calls = new HashMap<String, Integer>();
    for (int run = 0; run < 9; run++) {
      var plan = t.plan(t.run());
      for (int operation = 1; operation <= 8; operation++) {
        calls.merge(plan.seatOf(operation).keyName(), 1, Integer::sum);
      }
      assertThat(Collections.max(calls.values()))
          .as("after run %d: %s", run + 1, calls)
          .isLessThanOrEqualTo(Collections.min(calls.values()) + 1);
    }
    assertThat(calls).hasSize(keys);
  }

  private static Plan planned(Assignments assignments, RunFence run) {
    var request = new AssignmentRequest(run, "a@example.com", 7, 8, ModelClass.FREE);
    if (assignments.assign(request) instanceof Assignment.Planned(Plan plan)) {
      return plan;
    }
    throw new AssertionError("no plan");
  }

  /**
   * Any sequence as long as the number of keys contains each key once, which is stronger than
   * counts that differ by at most one.
   */
  private static void assertEveryWindowDistinct(List<Seat> inOrder, int keys) {
    for (int from = 0; from + keys <= inOrder.size(); from++) {
      var window = new HashSet<UUID>();
      inOrder.subList(from, from + keys).forEach(seat -> window.add(seat.keyId()));
      assertThat(window).as("assignments %d to %d", from, from + keys).hasSize(keys);
    }
  }

  @Test
  void a_restored_or_added_key_does_not_move_other_keys() {
    var ids = t.pool.add(9);
    assertThat(TestWheel.names(t.plan(t.run()))).endsWith("key7");
    enable(ids.get(7), false);
    assertThat(TestWheel.names(t.plan(t.run())))
        .containsExactly("key9", "key1", "key2", "key3", "key4", "key5", "key6");
    t.pool.add("late");
    enable(ids.get(7), true);
    assertThat(TestWheel.names(t.plan(t.run())))
        .as("keys never assigned in the order of adding, then the others in rotation order")
        .containsExactly("key8", "late", "key7", "key9", "key1", "key2", "key3");
  }

  private void enable(UUID key, boolean on) {
    t.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ENABLED, on)
                .set(API_KEYS.STATUS, on ? "active" : "disabled")
                .set(API_KEYS.USABLE_FREE, on)
                .set(API_KEYS.USABLE_PAID, on)
                .where(API_KEYS.ID.eq(key))
                .execute());
  }
}
