package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Response times of a signed-in page while 200 connections of another process misbehave: slow
 * headers, slow bodies, silence, every class of hostile requests, and floods of valid and of
 * malformed requests that are repeated immediately.
 */
public final class AnonymousRequestsBench implements Benchmark {
  private static final int REQUESTS = 300;
  private static final int PAUSE_MILLIS = 20;
  private static final List<String> PAGES = List.of("/", "/keys", "/runs", "/log");

  @Override
  public String name() {
    return "strangers";
  }

  @Override
  public List<Figure> run() throws Exception {
    try (var database = TestDatabase.create();
        var app =
            RunningApp.on(
                database, new dev.keywheel.config.Config.KekLocation.Value(TestPool.KEK))) {
      var browser = app.administrator();
      browser.post("/keys/samples");
      p95(browser); // warms up
      double alone = p95(browser);
      long heap = usedHeap();
      var strangers = strangers(app.url());
      try {
        Thread.sleep(15_000); // all have connected, and their code is compiled
        double among = p95(browser);
        long more = usedHeap() - heap;
        double again = p95(browser);
        return List.of(
            new Figure("p95 of signed-in pages", alone, "ms", "", "measured"),
            new Figure("  while 200 strangers misbehave", among, "ms", "", "measured"),
            new Figure("  once more", again, "ms", "", "measured"),
            new Figure(
                "  ratio, the larger", Math.max(among, again) / alone, "", "<= 2", "measured"),
            new Figure("  heap after a collection, more", more / 1e6, "MB", "", "measured"));
      } finally {
        strangers.destroyForcibly().waitFor();
      }
    }
  }

  private static Process strangers(String url) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Strangers.class.getName(),
            url)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start();
  }

  private static double p95(HttpBrowser browser) throws InterruptedException {
    var times = new ArrayList<Double>();
    for (int i = 0; i < REQUESTS; i++) {
      long start = System.nanoTime();
      int status = browser.status(PAGES.get(i % PAGES.size()));
      times.add((System.nanoTime() - start) / 1e6);
      if (status != 200) {
        throw new AssertionError("A signed-in page was answered with " + status);
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    double[] sorted = times.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[(int) (sorted.length * 0.95)];
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
