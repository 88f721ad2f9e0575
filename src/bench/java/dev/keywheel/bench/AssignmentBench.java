package dev.keywheel.bench;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/**
 * Assignments at once, as fast as they go: 16 runs ask again and again for seven of ten keys. The
 * yardstick, on the same database in the same process, is the smallest statement that hands out one
 * key after the other: a cursor in one row.
 */
final class AssignmentBench implements Bench.Benchmark {
  private static final int ASKERS = 16;
  private static final int KEYS = 10;
  private static final Duration EACH = Duration.ofSeconds(4);

  @Override
  public String name() {
    return "assignment";
  }

  @Override
  public List<Figure> run() throws Exception {
    try (var wheel = new TestWheel()) {
      wheel.pool.add(KEYS);
      var runs = java.util.stream.Stream.generate(wheel::run).limit(ASKERS).toList();
      var given = new HashMap<String, Integer>();
      inParallel(runs, Duration.ofSeconds(1), run -> wheel.plan(run));
      double plans = inParallel(runs, EACH, run -> count(given, wheel.plan(run).seats()));
      cursor(wheel);
      double picks = inParallel(runs, EACH, run -> pick(wheel));
      int most = given.values().stream().max(Integer::compare).orElseThrow();
      int least = given.values().stream().min(Integer::compare).orElseThrow();
      return List.of(
          new Figure("assignments of 7 keys of 10, 16 at once", plans, "/s", "", "measured"),
          new Figure("the yardstick's single picks, 16 at once", picks, "/s", "", "measured"),
          new Figure("seats against picks", 7 * plans / picks, "x", ">= 0.5", "computed"),
          new Figure("most given less least given", most - least, "", "<= 1", "measured"));
    }
  }

  private interface Work {
    void once(RunFence run);
  }

  /** Times a second over all askers. */
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

  private static void count(Map<String, Integer> given, List<Seat> seats) {
    synchronized (given) {
      seats.forEach(seat -> given.merge(seat.keyName(), 1, Integer::sum));
    }
  }

  private static void cursor(TestWheel wheel) {
    wheel.pool.database.runTx(
        tx -> {
          tx.dsl().execute("create table bench_cursor (last uuid not null)");
          tx.dsl()
              .execute(
                  "insert into bench_cursor values ('00000000-0000-0000-0000-000000000000'::uuid)");
        });
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
                    update api_keys k set assigned = assigned + 1 from c where k.id = c.last"""));
  }
}
