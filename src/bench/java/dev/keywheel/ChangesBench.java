package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Changes of very many keys of the large installation of {@link ScaleBench}, in its database: new
 * secrets for 10,000 keys, the deletion of half of the keys and its undo, and a batch of tests over
 * all of them, which {@code -Dkeywheel.batch=SECONDS} follows for longer than a minute.
 */
public final class ChangesBench implements Benchmark {
  private static final int SECRETS = 10_000;
  private static final Duration LONGEST = Duration.ofMinutes(20);
  private static final String NOW = "2200-01-01T00:00:00Z";

  /**
   * Prefixes that each match a tenth of the keys, whose names are {@code user0000001} and so on.
   */
  private static final List<String> HALF =
      List.of("user00", "user01", "user02", "user03", "user04");

  private final List<Figure> figures = new ArrayList<>();

  @Override
  public String name() {
    return "changes";
  }

  @Override
  public List<Figure> run() throws Exception {
    var real = SystemServices.real();
    var services =
        new SystemServices(
            real.clock(),
            Delayer.real(),
            new SecureRandom(),
            real.passwords(),
            SandboxOptions.instant());
    try (var database = ScaleDatabase.open(ScaleDatabase.Size.LARGE)) {
      database.endBatches();
      try (var app = database.start(services)) {
        var browser = new HttpBrowser(app.address());
        browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
        replace(database, browser);
        delete(database, browser);
        test(database, browser);
      }
    }
    return figures;
  }

  private void replace(ScaleDatabase database, HttpBrowser browser) throws Exception {
    database.execute(
        """
        update api_keys set status = 'failed'
         where id in (select id from api_keys where deleted_at is null and status <> 'disabled'
                       order by id desc limit %d)"""
            .formatted(SECRETS));
    var time = System.currentTimeMillis();
    var secrets =
        IntStream.range(0, SECRETS)
            .mapToObj(n -> "sk-or-demo-valid-%d%05d".formatted(time, n))
            .collect(Collectors.joining("\n"));
    long start = System.nanoTime();
    var preview =
        browser.post("/keys/replacements", "provider", "sandbox", "keys", secrets).location();
    add("replacement of 10,000 secrets: preview", ms(start), "ms", "");
    var page = browser.get(preview).page();
    try (var watch = new ChangesWatch(database, browser)) {
      long confirmed = System.nanoTime();
      browser.post(page.select("form[action$=/confirmation]").attr("action"));
      add("  confirmation answered", ms(confirmed), "ms", "");
      until(
          "the secrets are replaced",
          () -> none(database, "key_imports where begun_at is not null and confirmed_at is null"));
      add("  all replaced", ms(confirmed) / 1e3, "s", "");
      figures.addAll(watch.figures());
    }
    until("the keys are tested", () -> none(database, "recoveries where state = 'running'"));
  }

  private void delete(ScaleDatabase database, HttpBrowser browser) throws Exception {
    var undo = new ArrayList<String>();
    try (var watch = new ChangesWatch(database, browser)) {
      long start = System.nanoTime();
      double slowest = 0;
      for (var names : HALF) {
        var view = "/keys?q=" + names;
        var size =
            database.text(
                "select count(*)::text from api_keys where deleted_at is null and name like '"
                    + names
                    + "%'");
        long posted = System.nanoTime();
        browser.post("/keys/deletion", "all", size, "as-of", NOW, "view", view, "typed", size);
        slowest = Math.max(slowest, ms(posted));
        // From the audit log, because a page of the watch may have shown the message with the undo,
        // and a completed deletion has no row of its own.
        var deletion =
            database.text(
                "select subject from audit_events where action = '%s' order by id desc limit 1"
                    .formatted(AuditAction.DELETED_KEYS.text()));
        undo.add("/keys/deletions/" + deletion + "/undo");
      }
      add("deletion of half of the keys: confirmation of a tenth, slowest", slowest, "ms", "");
      until("they are deleted", () -> none(database, "bulk_edits"));
      add("  all deleted", ms(start) / 1e3, "s", "");
      figures.addAll(watch.figures());
    }
    try (var watch = new ChangesWatch(database, browser)) {
      long start = System.nanoTime();
      for (var each : undo) {
        browser.post(each, "view", "/keys");
      }
      until("they are restored", () -> none(database, "bulk_edits"));
      add("undo of it", ms(start) / 1e3, "s", "");
      figures.addAll(watch.figures());
    }
  }

  private void test(ScaleDatabase database, HttpBrowser browser) throws Exception {
    int seconds = Integer.getInteger("keywheel.batch", 60);
    try (var watch = new ChangesWatch(database, browser)) {
      long start = System.nanoTime();
      browser.post("/keys/tests/all");
      add("batch over all keys: request answered", ms(start), "ms", "");
      var running = "recoveries where state = 'running'";
      long end = start + seconds * 1_000_000_000L;
      Await.until(
          "the batch or its time ends",
          LONGEST.plusSeconds(seconds),
          () -> System.nanoTime() > end || none(database, running));
      var newest = " from recoveries order by started_at desc limit 1";
      var tested = Integer.parseInt(database.text("select tested::text" + newest));
      add("  keys tested", tested, "", "");
      add("  keys tested in a second", tested / (ms(start) / 1e3), "/s", "");
      figures.addAll(watch.figures());
      if (!none(database, running)) {
        long cancelled = System.nanoTime();
        var id = database.text("select id::text" + newest);
        browser.post("/keys/batches/" + id + "/cancellation", "view", "/keys");
        add("  cancelled", ms(cancelled), "ms", "");
      }
    }
  }

  private static void until(String what, BooleanSupplier done) {
    Await.until(what, LONGEST, done);
  }

  private static boolean none(ScaleDatabase database, String rows) {
    return database.text("select (not exists (select from " + rows + "))::text").equals("true");
  }

  private void add(String what, double value, String unit, String bound) {
    figures.add(new Figure(what, value, unit, bound, "measured"));
    System.out.printf("%s %.1f %s%n", what, value, unit);
  }

  private static double ms(long since) {
    return (System.nanoTime() - since) / 1e6;
  }
}
