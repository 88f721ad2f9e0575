package dev.keywheel;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.sum;

import dev.keywheel.article.NewArticle;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.config.Config;
import dev.keywheel.db.Database;
import dev.keywheel.key.PoolId;
import dev.keywheel.people.Person;
import dev.keywheel.provider.OpenRouter;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.secret.KekSource;
import dev.keywheel.support.Await;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A whole run at the sandbox's latencies against the longest path of its graph: what the calls on
 * that path took by themselves. Without the trial of the tool in a browser, which has its own time.
 */
public final class RunBench implements Benchmark {
  private static final List<List<Integer>> PATHS =
      List.of(List.of(1, 2, 3, 4), List.of(1, 5, 6), List.of(1, 7), List.of(1, 8));
  private static final int RUNS_MEASURED = 5;
  private static final int AT_ONCE = 3;

  @Override
  public String name() {
    return "run";
  }

  @Override
  public List<Figure> run() throws Exception {
    var folder = Files.createTempDirectory("keywheel-bench");
    try {
      var config = Config.from(Map.of("KEYWHEEL_DATA", folder.toString(), "PORT", "0"));
      var figures = new ArrayList<Figure>();
      figures.add(startToReady("start to ready, a new data folder", config));
      figures.add(startToReady("start to ready, again", config));
      figures.addAll(runs(config));
      return figures;
    } finally {
      delete(folder);
    }
  }

  private static Figure startToReady(String what, Config config) throws StartProblem {
    long began = System.nanoTime();
    try (var app = App.start(config, World.real())) {
      if (app.port() == 0) {
        throw new IllegalStateException("not listening");
      }
      return new Figure(what, (System.nanoTime() - began) / 1e9, "s", "", "measured");
    }
  }

  private static List<Figure> runs(Config config) throws Exception {
    var world = World.real();
    try (var storage = Storage.open(config, world);
        var sandbox = Sandbox.start(world.sandbox())) {
      var engine = engine(config, storage.database(), sandbox, world);
      engine.vault.unseal();
      try (var jobs = engine.jobs;
          var recovery = engine.recovery) {
        jobs.start();
        var person = administratorWithKeys(engine);
        ratios(engine, person, 1, 1); // warms up
        var alone = ratios(engine, person, RUNS_MEASURED, 1);
        var together = ratios(engine, person, RUNS_MEASURED, AT_ONCE);
        return List.of(
            median("article wall time / critical path, alone", alone),
            new Figure("  the worst of them", alone.getLast(), "x", "", "measured"),
            median("the same with " + AT_ONCE + " runs at once", together),
            new Figure("  the worst of them", together.getLast(), "x", "", "measured"));
      }
    }
  }

  private static Engine engine(Config config, Database database, Sandbox sandbox, World world) {
    Provider provider =
        new OpenRouter(
            "sandbox", "Sandbox", sandbox.baseUrl(), URI.create("http://localhost"), world.clock());
    return new Engine(
        database,
        world.clock(),
        KekSource.kept(((Config.KekSource.MadeHere) config.kek()).path()),
        new Providers(List.of(provider)),
        ToolCheck.none("not part of this measurement"),
        world);
  }

  private static Person administratorWithKeys(Engine engine) {
    var token = engine.setup.token().orElseThrow();
    var person = engine.setup.create(token, "bench@example.org", "a passphrase for a bench");
    var keys =
        IntStream.rangeClosed(1, 9)
            .mapToObj(i -> "key" + i + " sk-or-demo-valid-0" + i)
            .collect(Collectors.joining("\n"));
    var pool = new PoolId(person.workspaceId(), "sandbox");
    engine.keyImport.confirm(engine.keyImport.preview(pool, keys, person).id(), person);
    return person;
  }

  private static Figure median(String what, List<Double> sorted) {
    return new Figure(
        what + ", median of " + sorted.size(),
        sorted.get(sorted.size() / 2),
        "x",
        "<= 1.05",
        "measured");
  }

  /** Sorted; of {@code times} groups of so many runs at once. */
  private static List<Double> ratios(Engine engine, Person person, int times, int atOnce) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < times; i++) {
      var topic = "Saving for a house, step " + i + " of " + atOnce;
      var form = NewArticle.of(topic, "sandbox");
      var runs =
          Stream.generate(
                  () -> engine.articles.articles().generate(form, person, UUID.randomUUID()))
              .limit(atOnce)
              .toList();
      runs.forEach(run -> ratios.add(ratio(engine, run)));
    }
    ratios.sort(Comparator.naturalOrder());
    return ratios;
  }

  private static double ratio(Engine engine, UUID run) {
    Await.until("the run ends", Duration.ofMinutes(2), () -> ended(engine.database, run) != null);
    var times =
        engine.database.read(
            dsl ->
                dsl.select(RUNS.STARTED_AT, RUNS.ENDED_AT)
                    .from(RUNS)
                    .where(RUNS.ID.eq(run))
                    .fetchSingle());
    double wall = Duration.between(times.value1(), times.value2()).toMillis();
    return wall / criticalPath(engine.database, run);
  }

  private static Instant ended(Database database, UUID run) {
    return database.read(
        dsl -> dsl.select(RUNS.ENDED_AT).from(RUNS).where(RUNS.ID.eq(run)).fetchSingle().value1());
  }

  /** Milliseconds of the calls on the longest path. */
  private static double criticalPath(Database database, UUID run) {
    var took =
        database.read(
            dsl ->
                dsl.select(ATTEMPTS.ORDINAL, sum(ATTEMPTS.LATENCY_MS))
                    .from(ATTEMPTS)
                    .where(ATTEMPTS.RUN_ID.eq(run))
                    .groupBy(ATTEMPTS.ORDINAL)
                    .fetchMap(ATTEMPTS.ORDINAL, sum(ATTEMPTS.LATENCY_MS)));
    return PATHS.stream()
        .mapToDouble(path -> path.stream().mapToDouble(i -> took.get(i).doubleValue()).sum())
        .max()
        .orElseThrow();
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
