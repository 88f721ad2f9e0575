package dev.keywheel.bench;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Assignments at full speed: 16 runs repeatedly request seven keys of a pool of 10, of 10,000 and
 * of 200,000. The peer for the smallest pool, on the same database in the same process, is the
 * smallest statement that assigns one key after the other: a cursor in one row.
 */
final class AssignmentBench implements Bench.Benchmark {
  private static final int RUNS = 16;

  /**
   * The size of the largest pool, set by {@code -Dkeywheel.keys=N}. With 1,000,000 the search for
   * secrets at the end needs more heap than the {@code -Xmx512m} of the benchmarks.
   */
  private static final List<Integer> SIZES =
      List.of(10, 10_000, Integer.getInteger("keywheel.keys", 200_000));

  private static final Duration EACH = Duration.ofSeconds(4);

  /** Copies of one key, with their own ids and fingerprints. */
  private static final String COPY =
      """
      insert into api_keys (%s) select %s
      from generate_series(%d, %d) n cross join (select * from api_keys limit 1) t""";

  private static final Map<String, String> OWN =
      Map.of(
          "id", "uuidv7()",
          "name", "'copy ' || n",
          "fingerprint", "sha256(n::text::bytea)",
          "assigned_seq", "null");

  @Override
  public String name() {
    return "assignment";
  }

  @Override
  public List<Figure> run() throws Exception {
    try (var wheel = new TestWheel()) {
      wheel.pool.add(SIZES.getFirst());
      var runs = Stream.generate(wheel::run).limit(RUNS).toList();
      var uses = new HashMap<String, Integer>();
      inParallel(runs, Duration.ofSeconds(1), run -> wheel.plan(run));
      double smallest = inParallel(runs, EACH, run -> count(uses, wheel.plan(run).seats()));
      createCursor(wheel);
      double picks = inParallel(runs, EACH, run -> pick(wheel));
      int most = uses.values().stream().max(Integer::compare).orElseThrow();
      int least = uses.values().stream().min(Integer::compare).orElseThrow();
      var figures = new ArrayList<Figure>();
      figures.add(new Figure(what(SIZES.getFirst()), smallest, "/s", "", "measured"));
      figures.add(new Figure("single picks of the peer", picks, "/s", "", "measured"));
      figures.add(
          new Figure("seats against picks", 7 * smallest / picks, "x", ">= 0.5", "computed"));
      figures.add(
          new Figure("most uses of a key less fewest", most - least, "", "<= 1", "measured"));
      int from = SIZES.getFirst();
      for (int keys : SIZES.subList(1, SIZES.size())) {
        grow(wheel, from, keys);
        from = keys;
        inParallel(runs, Duration.ofSeconds(1), run -> wheel.plan(run));
        double plans = inParallel(runs, EACH, run -> wheel.plan(run));
        figures.add(new Figure(what(keys), plans, "/s", "", "measured"));
        figures.add(
            new Figure("  time against 10 keys", smallest / plans, "x", "<= 1.5", "computed"));
      }
      return figures;
    }
  }

  private static String what(int keys) {
    return "assignments of 7 keys of %,d, 16 at once".formatted(keys);
  }

  private static void grow(TestWheel wheel, int from, int to) {
    var columns =
        wheel.pool.database.read(
            dsl ->
                dsl.fetch(
                        """
                    select column_name from information_schema.columns
                    where table_schema = 'public' and table_name = 'api_keys'
                      and is_generated = 'NEVER' and is_identity = 'NO'
                    order by ordinal_position""")
                    .getValues(0, String.class));
    var names = String.join(", ", columns);
    var values =
        columns.stream().map(c -> OWN.getOrDefault(c, "t." + c)).collect(Collectors.joining(", "));
    for (int first = from + 1; first <= to; first += 10_000) {
      var copy = COPY.formatted(names, values, first, Math.min(to, first + 9_999));
      wheel.pool.database.runTx(tx -> tx.dsl().execute(copy));
    }
    wheel.pool.database.read(dsl -> dsl.fetch("select analyze_api_keys()"));
  }

  private interface Work {
    void once(RunFence run);
  }

  /** Assignments per second over all callers. */
  private static double inParallel(List<RunFence> runs, Duration time, Work work)
      throws InterruptedException {
    var done = new LongAdder();
    long start = System.nanoTime();
    long end = start + time.toNanos();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var run : runs) {
        threads.execute(
            () -> {
              while (System.nanoTime() < end) {
                work.once(run);
                done.increment();
              }
            });
      }
    }
    return done.sum() * 1e9 / (System.nanoTime() - start);
  }

  private static void count(Map<String, Integer> uses, List<Seat> seats) {
    synchronized (uses) {
      seats.forEach(seat -> uses.merge(seat.keyName(), 1, Integer::sum));
    }
  }

  private static void createCursor(TestWheel wheel) {
    wheel.pool.test.asOwner(
        "create table bench_cursor (last uuid not null);"
            + " insert into bench_cursor values ('00000000-0000-0000-0000-000000000000'::uuid);"
            + " grant select, update on bench_cursor to keywheel_app");
  }

  private static void pick(TestWheel wheel) {
    wheel.pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    with c as (update bench_cursor set last = coalesce(
                        (select id from api_keys where status = 'active' and id > last
                          order by id limit 1),
                        (select id from api_keys where status = 'active' order by id limit 1))
                      returning last)
                    update rotation_order k set assignments = assignments + 1 from c where k.key_id = c.last"""));
  }
}
