package dev.keywheel.gateway.seat;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.bench.Bench;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Seats at full speed, with the limits of tokens, the rows of requests and attempts, and their
 * outcomes: 256 clients request keys of a pool of 10. The peer, on the same database in the same
 * process, is a transaction for each seat.
 */
public final class SeatsBench implements Bench.Benchmark {
  private static final int KEYS = 10;
  private static final int CLIENTS = 256;
  private static final int TOKENS = 16;
  private static final Duration EACH = Duration.ofSeconds(4);

  /** Limits that are counted but never reached. */
  private static final TokenScope LIMITED =
      new TokenScope(
          Set.of(), List.of(), Set.of(), Set.of(), 10_000_000, 100_000, null, List.of(), true);

  @Override
  public String name() {
    return "seats";
  }

  @Override
  public List<Figure> run() throws Exception {
    var figures = new ArrayList<Figure>();
    try (var pool = new TestPool();
        HikariDataSource second =
            ConnectionPool.open(pool.test.address(), 6, ConnectionPool.Use.JOBS);
        var one = new TestGateway(pool);
        var other = new TestGateway(pool, new Database(second))) {
      pool.clock.advanceOnEachReading(Duration.ofNanos(20_000));
      pool.add(KEYS);
      var tokens = Stream.generate(UUID::randomUUID).limit(TOKENS).toList();
      seats(List.of(one), CLIENTS, tokens, Duration.ofSeconds(2));
      figures.add(
          new Figure("one transaction a seat, 16 at once", single(pool), "/s", "", "measured"));
      double alone = seats(List.of(one), 1, tokens, EACH);
      figures.add(new Figure("one client alone, a seat", 1000 / alone, "ms", "", "measured"));
      double first = seats(List.of(one), CLIENTS, tokens, EACH);
      figures.add(new Figure("256 clients, one node", first, "/s", ">= 5000", "measured"));
      double both = seats(List.of(one, other), CLIENTS, tokens, EACH);
      figures.add(new Figure("256 clients, two nodes", both, "/s", ">= 5000", "measured"));
      figures.add(
          new Figure("most uses of a key less fewest", spread(pool), "", "<= 1", "measured"));
    }
    return figures;
  }

  /** Seats per second over all clients. */
  private static double seats(
      List<TestGateway> nodes, int clients, List<UUID> tokens, Duration time) {
    return inParallel(
        clients,
        time,
        client -> {
          var node = nodes.get(client % nodes.size());
          var request =
              new SeatRequest(
                  node.request(tokens.get(client % tokens.size())),
                  null,
                  LIMITED,
                  true,
                  1,
                  node.pool.id,
                  TestGateway.MODEL,
                  new TriedKeys(),
                  null);
          node.answered(node.granted(request));
          node.close(request.request(), false);
        });
  }

  private static double single(TestPool pool) {
    return inParallel(
        16,
        EACH,
        _ ->
            pool.database.runTx(
                tx -> {
                  var rotation = pool.pool.rotation();
                  rotation.lock(tx, pool.id);
                  var key = rotation.findUsable(tx, pool.id, ModelClass.FREE, Set.of(), 1);
                  rotation.assign(tx, List.of(key.getFirst().id()));
                }));
  }

  private interface Work {
    void once(int client);
  }

  private static double inParallel(int clients, Duration time, Work work) {
    var done = new LongAdder();
    long start = System.nanoTime();
    long end = start + time.toNanos();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        int client = i;
        threads.execute(
            () -> {
              while (System.nanoTime() < end) {
                work.once(client);
                done.increment();
              }
            });
      }
    }
    return done.sum() * 1e9 / (System.nanoTime() - start);
  }

  private static long spread(TestPool pool) {
    var uses =
        pool.pool.rotation().findAll(pool.id, KEYS).stream()
            .mapToLong(key -> pool.assignments(key.id()))
            .summaryStatistics();
    return uses.getMax() - uses.getMin();
  }
}
