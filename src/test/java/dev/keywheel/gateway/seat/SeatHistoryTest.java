package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The order of the seats over two nodes and many threads, checked afterwards by the attempts: while
 * the usable keys stay the same, their counts differ by at most one; each seat has one row.
 */
class SeatHistoryTest {
  private static final int KEYS = 7;

  private final TestPool pool = new TestPool();
  private final HikariDataSource second =
      ConnectionPool.open(pool.test.address(), 6, ConnectionPool.Use.JOBS);
  private final List<TestGateway> nodes =
      List.of(new TestGateway(pool), new TestGateway(pool, new Database(second)));

  /** A change of the usable keys, and the last seat before it. */
  private record Change(long after, Set<UUID> usable) {}

  @AfterEach
  void close() {
    nodes.forEach(TestGateway::close);
    second.close();
    pool.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void counts_differ_by_at_most_one_while_the_usable_keys_stay_the_same(long seed) {
    var keys = pool.add(KEYS);
    var usable = new HashSet<>(keys);
    var changes = new ArrayList<Change>();
    changes.add(new Change(0, Set.copyOf(usable)));
    var given = new ConcurrentLinkedQueue<SeatGrant.Granted>();
    var random = new SplittableRandom(seed);

    run(
        32,
        25,
        node -> given.add(node.granted(node.first(TokenScope.ALL))),
        () -> {
          var key = keys.get(random.nextInt(KEYS));
          boolean on = !usable.contains(key);
          if (on || usable.size() > 2) {
            changes.add(change(key, on, usable));
          }
        });

    assertThat(given).hasSize(800);
    var numbers = pool.database.read(dsl -> dsl.fetchValues(GATEWAY_ATTEMPTS.SEAT));
    assertThat(numbers).doesNotHaveDuplicates().hasSize(800);
    assertFair(changes);
  }

  @Test
  void each_seat_and_attempt_has_one_row_on_all_nodes() {
    pool.add(KEYS);
    Map<UUID, SeatGrant.Granted> given = new ConcurrentHashMap<>();

    run(
        32,
        22,
        node -> {
          var request = node.first(TokenScope.ALL);
          var granted = node.granted(request);
          given.put(granted.attemptId(), granted);
          node.answered(granted);
          node.close(request.request(), false);
        },
        () -> {});
    Await.until(
        "all outcomes are stored",
        () -> nodes.stream().allMatch(node -> node.ledger.waiting() == 0));

    var rows = pool.database.read(dsl -> dsl.selectFrom(GATEWAY_ATTEMPTS).fetch());
    assertThat(rows).hasSize(704).allMatch(row -> row.get(GATEWAY_ATTEMPTS.STATE).equals("ok"));
    assertThat(rows)
        .allMatch(
            row ->
                given
                    .get(row.get(GATEWAY_ATTEMPTS.ID))
                    .key()
                    .id()
                    .equals(row.get(GATEWAY_ATTEMPTS.KEY_ID)));
    assertThat(rows.getValues(GATEWAY_ATTEMPTS.SEAT)).doesNotHaveDuplicates();
    var counts = counts(rows.getValues(GATEWAY_ATTEMPTS.KEY_ID));
    assertThat(counts.values()).allMatch(count -> count == 100 || count == 101);
    var keys = pool.pool.rotation().findAll(pool.id, KEYS);
    assertThat(keys).allMatch(key -> key.calls() == counts.get(key.id()));
    assertThat(keys).allMatch(key -> pool.assignments(key.id()) == counts.get(key.id()));
  }

  @Test
  void a_rate_limit_applies_over_all_nodes() {
    pool.add(KEYS);
    var scope =
        new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 10, 0, null, List.of(), true);
    var token = UUID.randomUUID();
    var results = new ConcurrentLinkedQueue<SeatGrant>();

    run(
        6,
        5,
        node ->
            results.add(
                node.take(
                    new SeatRequest(
                        node.request(token),
                        null,
                        scope,
                        true,
                        1,
                        pool.id,
                        TestGateway.MODEL,
                        new TriedKeys(),
                        null))),
        () -> {});

    assertThat(results.stream().filter(SeatGrant.Granted.class::isInstance)).hasSize(10);
    assertThat(results.stream().filter(SeatGrant.RateLimited.class::isInstance)).hasSize(20);
  }

  /**
   * Makes a key usable or not. Holds the pool's lock, so that the change has a place in the order
   * of assignments.
   */
  private Change change(UUID key, boolean on, Set<UUID> usable) {
    return pool.database.inTx(
        tx -> {
          pool.pool.rotation().lock(tx, pool.id);
          tx.dsl()
              .update(API_KEYS)
              .set(API_KEYS.USABLE_FREE, on)
              .where(API_KEYS.ID.eq(key))
              .execute();
          if (on) {
            usable.add(key);
          } else {
            usable.remove(key);
          }
          long last =
              tx.dsl().fetchSingle("select last_value from rotation_seq").get(0, Long.class);
          return new Change(last, Set.copyOf(usable));
        });
  }

  private void assertFair(List<Change> changes) {
    var rows =
        pool.database.read(
            dsl ->
                dsl.select(GATEWAY_ATTEMPTS.SEAT, GATEWAY_ATTEMPTS.KEY_ID)
                    .from(GATEWAY_ATTEMPTS)
                    .orderBy(GATEWAY_ATTEMPTS.SEAT)
                    .fetch());
    int at = 0;
    var counts = new HashMap<UUID, Integer>();
    for (var row : rows) {
      while (at + 1 < changes.size() && changes.get(at + 1).after() < row.value1()) {
        at++;
        counts.clear();
      }
      var usable = changes.get(at).usable();
      assertThat(usable).as("seat %s", row.value1()).contains(row.value2());
      counts.merge(row.value2(), 1, Integer::sum);
      int most = usable.stream().mapToInt(key -> counts.getOrDefault(key, 0)).max().orElseThrow();
      int least = usable.stream().mapToInt(key -> counts.getOrDefault(key, 0)).min().orElseThrow();
      assertThat(most - least).as("seat %s of %s", row.value1(), counts).isLessThanOrEqualTo(1);
    }
  }

  private static Map<UUID, Integer> counts(List<UUID> keys) {
    var counts = new HashMap<UUID, Integer>();
    keys.forEach(key -> counts.merge(key, 1, Integer::sum));
    return counts;
  }

  private interface Client {
    void go(TestGateway node);
  }

  /** Runs clients against both nodes, and makes changes until the clients are done. */
  private void run(int clients, int each, Client client, Runnable change) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<?>>();
      for (int i = 0; i < clients; i++) {
        var node = nodes.get(i % nodes.size());
        running.add(
            threads.submit(
                () -> {
                  for (int n = 0; n < each; n++) {
                    client.go(node);
                  }
                }));
      }
      while (!running.stream().allMatch(Future::isDone)) {
        change.run();
        LockSupport.parkNanos(5_000_000);
      }
      for (var one : running) {
        one.get();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
