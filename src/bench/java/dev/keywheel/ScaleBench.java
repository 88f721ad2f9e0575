package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Times every page, fragment and poll of a small installation (10,000 keys, 100,000 runs) and of a
 * large one (1,000,000 keys, 3,650,000 runs), alternately in one process. A page passes when its
 * p95 is at most 1.5 times that of the small installation, or at most 100 ms.
 */
public final class ScaleBench implements Benchmark {
  private static final double RATIO = 1.5;
  private static final double FAST_ENOUGH_MS = 100;
  private static final int WARM = 4;
  private static final int TIMES = 20;

  /** Maximum total time of the requests of one page; after it the page is not requested again. */
  private static final double BUDGET_MS = 3_000;

  /** The sorted times of one page in both installations. */
  private record Timed(String page, int status, double[] small, double[] large) {
    double ratio() {
      return p(large, 0.95) / p(small, 0.95);
    }

    /** Whether a response was 5xx. */
    boolean failed() {
      return p(small, 0.95) == Double.POSITIVE_INFINITY
          || p(large, 0.95) == Double.POSITIVE_INFINITY;
    }

    boolean passed() {
      return !failed() && (ratio() <= RATIO || fast());
    }

    boolean fast() {
      return p(large, 0.95) <= FAST_ENOUGH_MS;
    }
  }

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public List<Figure> run() throws Exception {
    try (var small = ScaleDatabase.open(ScaleDatabase.Size.SMALL);
        var large = ScaleDatabase.open(ScaleDatabase.Size.LARGE)) {
      small.endBatches();
      large.endBatches();
      return run(small, large);
    }
  }

  private static List<Figure> run(ScaleDatabase small, ScaleDatabase large) throws Exception {
    try (var smallApp = small.start(SystemServices.real());
        var largeApp = large.start(SystemServices.real())) {
      small.postponeJobs();
      large.postponeJobs();
      var timed = timed(small, smallApp, large, largeApp);
      var slow = timed.stream().filter(page -> !page.passed()).toList();
      var slowest = timed.stream().mapToDouble(page -> p(page.large(), 0.95)).max().orElseThrow();
      var figures = new ArrayList<Figure>();
      figures.add(new Figure("pages, fragments and polls", timed.size(), "", "", "counted"));
      figures.add(new Figure("above 1.5 x and above 100 ms", slow.size(), "", "= 0", "measured"));
      var over = timed.stream().filter(page -> !page.fast()).toList();
      figures.add(
          new Figure("above 100 ms, large installation", over.size(), "", "= 0", "measured"));
      over.forEach(
          page ->
              figures.add(new Figure("  " + page.page(), page.large()[0], "ms", "", "fastest")));
      figures.add(
          new Figure("slowest p95 of the large installation", slowest, "ms", "", "measured"));
      var fastest = timed.stream().mapToDouble(page -> page.large()[0]).max().orElseThrow();
      figures.add(new Figure("  its fastest request", fastest, "ms", "", "on a busy machine"));
      var failed = timed.stream().filter(Timed::failed).map(Timed::page).toList();
      if (!failed.isEmpty()) {
        throw new AssertionError("Answered 5xx: " + failed);
      }
      figures.addAll(ScaleCrowd.figures(largeApp, signedIn(largeApp)));
      return figures;
    }
  }

  private static List<Timed> timed(
      ScaleDatabase small, App smallApp, ScaleDatabase large, App largeApp) {
    var smallPages = List.copyOf(ScalePages.of(smallApp.routes(), small).entrySet());
    var largePages = List.copyOf(ScalePages.of(largeApp.routes(), large).entrySet());
    var inSmall = signedIn(smallApp);
    var inLarge = signedIn(largeApp);
    warm(inSmall, smallPages);
    warm(inLarge, largePages);
    var timed = new ArrayList<Timed>();
    for (int i = 0; i < smallPages.size(); i++) {
      var page = largePages.get(i).getValue();
      if (page.matches(System.getProperty("keywheel.pages", ".*"))) {
        var both =
            new Timed(
                page,
                inLarge.status(largePages.get(i).getKey()),
                times(inSmall, smallPages.get(i).getKey()),
                times(inLarge, largePages.get(i).getKey()));
        print(both);
        timed.add(both);
      }
    }
    return timed;
  }

  /** Warms up: the first requests of a process include its compilation. */
  private static void warm(HttpBrowser browser, List<Map.Entry<String, String>> pages) {
    pages.forEach(page -> browser.fetchSize(page.getKey()));
  }

  private static HttpBrowser signedIn(App app) {
    var browser = new HttpBrowser(app.address());
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  /** Milliseconds, sorted; infinite if the response is 5xx. */
  private static double[] times(HttpBrowser browser, String address) {
    if (browser.status(address) >= 500) {
      return new double[] {Double.POSITIVE_INFINITY};
    }
    var times = new ArrayList<Double>();
    double all = 0;
    for (int i = -WARM; i < TIMES && (i < 1 || all < BUDGET_MS); i++) {
      long start = System.nanoTime();
      browser.fetchSize(address);
      double ms = (System.nanoTime() - start) / 1e6;
      all += ms;
      if (i >= 0 || all > BUDGET_MS) {
        times.add(ms);
      }
    }
    return times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private static double p(double[] sorted, double part) {
    return sorted[(int) Math.ceil(sorted.length * part) - 1];
  }

  private static void print(Timed page) {
    System.out.printf(
        "%-52s %d small %6.1f %7.1f %7.1f  large %6.1f %7.1f %7.1f ms (fastest, p50, p95) %6.2f x %s%n",
        page.page(),
        page.status(),
        page.small()[0],
        p(page.small(), 0.5),
        p(page.small(), 0.95),
        page.large()[0],
        p(page.large(), 0.5),
        p(page.large(), 0.95),
        page.ratio(),
        page.failed() ? "FAILED" : page.passed() ? page.fast() ? "" : "OVER" : "SLOW");
  }
}
