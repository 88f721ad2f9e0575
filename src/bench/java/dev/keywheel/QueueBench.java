package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.config.Config;
import dev.keywheel.config.Config.FirstAdministrator;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * A full queue, a restart, and 40 users who press <i>Generate</i> at the same moment while others
 * read: the queue refuses what exceeds its limit (429), no response is 5xx, and pages stay fast.
 */
public final class QueueBench implements Benchmark {
  private static final int QUEUED = 50;
  private static final int PRESSES = 40;
  private static final int READERS = 5;
  private static final int READS = 20;
  private static final List<String> PAGES = List.of("/", "/dashboard/live", "/runs", "/keys");

  private record Answered(int status, double ms) {}

  @Override
  public String name() {
    return "queue";
  }

  @Override
  public List<Figure> run() throws Exception {
    var folder = Files.createTempDirectory("keywheel-bench");
    var config = Config.from(Map.of("KEYWHEEL_DATA", folder.toString(), "PORT", "0"));
    try (var app = App.start(withAdministrator(config), SystemServices.real())) {
      var browser = signedIn(app);
      browser.post("/keys/samples");
      for (int i = 0; i < QUEUED; i++) {
        generate(browser, i);
      }
    }
    try (var app = App.start(config, SystemServices.real());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var presses = new ArrayList<Callable<List<Answered>>>();
      IntStream.range(0, PRESSES)
          .mapToObj(i -> signedIn(app))
          .forEach(browser -> presses.add(() -> List.of(timed(() -> generate(browser, 99)))));
      var readers =
          IntStream.range(0, READERS)
              .mapToObj(i -> signedIn(app))
              .<Callable<List<Answered>>>map(browser -> () -> read(browser))
              .toList();
      var pressed = presses.stream().map(threads::submit).toList();
      var read = readers.stream().map(threads::submit).toList();
      return figures(all(pressed), all(read));
    }
  }

  private static List<Figure> figures(List<Answered> pressed, List<Answered> read) {
    return List.of(
        new Figure("presses at once on a full queue", pressed.size(), "", "", "counted"),
        new Figure("  answered 5xx", failed(pressed), "", "= 0", "counted"),
        new Figure("  slowest", slowest(pressed), "ms", "<= 1000", "measured"),
        new Figure("pages read at the same time", read.size(), "", "", "counted"),
        new Figure("  answered 5xx", failed(read), "", "= 0", "counted"),
        new Figure("  slowest", slowest(read), "ms", "<= 1000", "measured"));
  }

  private static Config withAdministrator(Config config) {
    return new Config(
        config.port(),
        config.host(),
        config.publicUrl(),
        config.trustedProxies(),
        config.database(),
        config.migrationDatabase(),
        config.allowSuperuser(),
        config.data(),
        config.auditAnchor(),
        config.kek(),
        Optional.of(new FirstAdministrator(WebApp.EMAIL, WebApp.PASSWORD)),
        config.openRouter(),
        config.gateway(),
        config.sandbox(),
        Optional.empty());
  }

  private static HttpBrowser signedIn(App app) {
    var browser = new HttpBrowser(app.address());
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  private static int generate(HttpBrowser browser, int number) {
    return browser
        .post("/articles", "topic", "Saving for a boat, part " + number, "provider", "sandbox")
        .status();
  }

  private static List<Answered> read(HttpBrowser browser) throws Exception {
    var answers = new ArrayList<Answered>();
    for (int i = 0; i < READS; i++) {
      var page = PAGES.get(i % PAGES.size());
      answers.add(timed(() -> browser.status(page)));
    }
    return answers;
  }

  private static Answered timed(Callable<Integer> request) throws Exception {
    long start = System.nanoTime();
    int status = request.call();
    return new Answered(status, (System.nanoTime() - start) / 1e6);
  }

  private static List<Answered> all(List<Future<List<Answered>>> futures) throws Exception {
    var all = new ArrayList<Answered>();
    for (var future : futures) {
      all.addAll(future.get());
    }
    return all;
  }

  private static long failed(List<Answered> answers) {
    return answers.stream().filter(answer -> answer.status() >= 500).count();
  }

  private static double slowest(List<Answered> answers) {
    return answers.stream().mapToDouble(Answered::ms).max().orElseThrow();
  }
}
