package dev.keywheel;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.support.HttpBrowser;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Heap use and page times while 20 users watch a batch of tests over all keys and three runs. */
final class ScaleCrowd {
  private static final int VIEWERS = 20;
  private static final int RUNS = 3;
  private static final long NANOS = 60_000_000_000L;
  private static final List<String> PAGES =
      List.of("/dashboard/live", "/keys/table", "/recovery/live", "/runs", "/articles", "/log");

  private ScaleCrowd() {}

  /** Measures for one minute. */
  static List<Figure> figures(App app, HttpBrowser signedIn) throws Exception {
    System.gc();
    var pools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    pools.forEach(MemoryPoolMXBean::resetPeakUsage);
    signedIn.post("/keys/tests/all");
    for (int i = 0; i < RUNS; i++) {
      signedIn.post("/articles", "topic", "Saving for a boat, part " + i, "provider", "sandbox");
    }
    var stop = new AtomicBoolean();
    var viewers = new ArrayList<Future<List<Double>>>();
    long afterCollection = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < VIEWERS; i++) {
        var browser = signedIn.at(app.address());
        viewers.add(threads.submit(() -> view(browser, stop)));
      }
      for (long end = System.nanoTime() + NANOS; System.nanoTime() < end; ) {
        Thread.sleep(500);
        afterCollection = Math.max(afterCollection, afterCollection(pools));
      }
      stop.set(true);
    }
    var times = new ArrayList<Double>();
    for (var viewer : viewers) {
      times.addAll(viewer.get());
    }
    long failed = times.stream().filter(ms -> ms < 0).count();
    double[] sorted = times.stream().mapToDouble(Math::abs).sorted().toArray();
    long peak = pools.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    return List.of(
        new Figure(
            "requests of 20 viewers in a minute of a batch and 3 runs",
            sorted.length,
            "",
            "",
            "counted"),
        new Figure("  answered 5xx", failed, "", "= 0", "counted"),
        new Figure("  p95", sorted[(int) (sorted.length * 0.95)], "ms", "", "measured"),
        new Figure("  heap, peak", peak / 1e6, "MB", "", "measured"),
        new Figure("  heap after a collection, peak", afterCollection / 1e6, "MB", "", "measured"));
  }

  /** Milliseconds of each request; negative if the response is 5xx. */
  private static List<Double> view(HttpBrowser browser, AtomicBoolean stop)
      throws InterruptedException {
    var times = new ArrayList<Double>();
    for (int i = 0; !stop.get(); i++) {
      long start = System.nanoTime();
      int status = browser.status(PAGES.get(i % PAGES.size()));
      double ms = (System.nanoTime() - start) / 1e6;
      times.add(status >= 500 ? -ms : ms);
      Thread.sleep(1_000); // pages poll every two to five seconds
    }
    return times;
  }

  private static long afterCollection(List<MemoryPoolMXBean> pools) {
    return pools.stream()
        .map(MemoryPoolMXBean::getCollectionUsage)
        .filter(usage -> usage != null)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
