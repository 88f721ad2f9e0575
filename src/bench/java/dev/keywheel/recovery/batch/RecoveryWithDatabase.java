package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.recovery.RecoveryBench;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.support.Await;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** Time from the request to the last result in PostgreSQL, log lines included. */
public final class RecoveryWithDatabase {
  private static final Duration LONG = Duration.ofMinutes(2);

  /** Maximum compilation time of a batch, in milliseconds, in a process that is warmed up. */
  private static final long COMPILED_MS = 500;

  private static final int MAX_WARM_UPS = 10;

  private final URI provider;

  public RecoveryWithDatabase(URI provider) {
    this.provider = provider;
  }

  public List<Figure> run() throws Exception {
    var figures = new ArrayList<Figure>();
    double first = measure(10_000).wall();
    figures.add(
        new Figure(
            "10,000 keys with PostgreSQL, the first such batch, wall over one answer",
            first,
            "ratio",
            "",
            "measured"));
    warmUp();
    for (int keys : new int[] {100, 1_000, 10_000}) {
      var walls = new double[RecoveryBench.RUNS];
      int groups = 0;
      for (int i = 0; i < RecoveryBench.RUNS; i++) {
        var one = measure(keys);
        walls[i] = one.wall();
        groups = Math.max(groups, one.groups());
      }
      var of = String.format("%,d keys with PostgreSQL", keys);
      double wall = RecoveryBench.median(walls);
      figures.add(new Figure(of + ", wall over one answer", wall, "ratio", "", "measured"));
      figures.add(new Figure(of + ", transactions of results", groups, "", "", "measured"));
    }
    return figures;
  }

  /**
   * Runs until Java compiles little, because its compiler takes a quarter of the two processors at
   * first.
   */
  private void warmUp() throws Exception {
    var compiler = ManagementFactory.getCompilationMXBean();
    long compiled = Long.MAX_VALUE;
    for (int i = 0; i < MAX_WARM_UPS && compiled > COMPILED_MS; i++) {
      long before = compiler.getTotalCompilationTime();
      measure(10_000);
      compiled = compiler.getTotalCompilationTime() - before;
    }
  }

  /**
   * The elapsed time relative to one answer, and the number of transactions that wrote the results.
   */
  private record Measured(double wall, int groups) {}

  private Measured measure(int keys) throws Exception {
    try (var fixture = RecoveryFixture.over(provider)) {
      fixture.set(new RecoverySettings(10_000, 30));
      fixture.manyFailed(keys, "key", "ok");
      var node = fixture.node("bench");
      long start = System.nanoTime();
      var tickets = node.recovery().requestTestsOfUnusable(fixture.person);
      UUID batch = Objects.requireNonNull(tickets.getFirst().recoveryId());
      Await.until("the batch is over", LONG, () -> over(fixture, batch));
      double wall = RecoveryBench.ratioOf(start, recovered(fixture), keys);
      int groups =
          fixture.database.read(
              dsl ->
                  Objects.requireNonNull(
                      dsl.fetchSingle("select count(distinct xmin::text) from key_tests")
                          .get(0, Integer.class)));
      return new Measured(wall, groups);
    }
  }

  private static boolean over(RecoveryFixture fixture, UUID batch) {
    return fixture.database.read(
        dsl -> dsl.fetchExists(RECOVERIES, RECOVERIES.ID.eq(batch), RECOVERIES.STATE.eq("done")));
  }

  private static int recovered(RecoveryFixture fixture) {
    return fixture.database.read(dsl -> dsl.fetchCount(KEY_TESTS, KEY_TESTS.RESULT.eq("active")));
  }
}
