package dev.keywheel;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.sum;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.config.Config;
import dev.keywheel.db.Database;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
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
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The time of a whole run at the sandbox's latencies, relative to the longest path of its graph:
 * the time of the calls on that path. Excludes the test of the tool in a browser.
 */
public final class RunBench implements Benchmark {
  private static final List<List<Integer>> PATHS =
      List.of(List.of(1, 2, 3, 4), List.of(1, 5, 6), List.of(1, 7), List.of(1, 8));
  private static final int RUNS_MEASURED = 5;
  private static final int AT_ONCE = 3;

  /** Enough keys that concurrent runs share none: a key has one call of a free model in flight. */
  private static final int KEYS = AT_ONCE * 8;

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
    try (var app = App.start(config, SystemServices.real())) {
      if (app.address().getPort() <= 0) {
        throw new IllegalStateException("not listening");
      }
      return new Figure(what, (System.nanoTime() - began) / 1e9, "s", "", "measured");
    }
  }

  private static List<Figure> runs(Config config) throws Exception {
    var systemServices = SystemServices.real();
    try (var databaseStartup = DatabaseStartup.open(config, systemServices);
        var sandbox = Sandbox.start(systemServices.sandbox())) {
      var coreModule = engine(config, databaseStartup.database(), sandbox, systemServices);
      coreModule.vault.unseal();
      try (var jobs = coreModule.jobs;
          var recovery = coreModule.recovery) {
        jobs.start(coreModule.jobDefinitions());
        var person = administratorWithKeys(coreModule);
        ratios(coreModule, person, 1, 1); // warms up
        var alone = ratios(coreModule, person, RUNS_MEASURED, 1);
        var together = ratios(coreModule, person, RUNS_MEASURED, AT_ONCE);
        return List.of(
            median("article wall time / critical path, alone", alone),
            new Figure("  the worst of them", alone.getLast(), "x", "", "measured"),
            median("the same with " + AT_ONCE + " runs at once", together),
            new Figure("  the worst of them", together.getLast(), "x", "", "measured"));
      }
    }
  }

  private static CoreModule engine(
      Config config, Database database, Sandbox sandbox, SystemServices systemServices) {
    Provider provider =
        new OpenRouter(
            "sandbox",
            "Sandbox",
            sandbox.baseUrl(),
            URI.create("http://localhost"),
            systemServices.clock());
    return new CoreModule(
        database,
        systemServices.clock(),
        KekSource.managedFile(((Config.KekLocation.Generated) config.kek()).path()),
        new Providers(List.of(provider)),
        ToolCheck.none("not part of this measurement"),
        config.auditAnchor(),
        config.gateway(),
        PasskeySite.of(Optional.empty()),
        systemServices);
  }

  private static Principal administratorWithKeys(CoreModule coreModule) {
    var token = coreModule.setup.issueToken().orElseThrow();
    var person = coreModule.setup.create(token, "bench@example.org", "a passphrase for a bench");
    var keys =
        IntStream.rangeClosed(1, KEYS)
            .mapToObj(i -> String.format("key%d sk-or-demo-valid-%02d", i, i))
            .collect(Collectors.joining("\n"));
    var pool = new PoolId(person.workspaceId(), "sandbox");
    coreModule.keyImport.confirm(coreModule.keyImport.preview(pool, keys, person).id(), person);
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

  /**
   * Sorted ratios of wall time to critical path, for {@code times} groups of {@code atOnce}
   * concurrent runs.
   */
  private static List<Double> ratios(
      CoreModule coreModule, Principal person, int times, int atOnce) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < times; i++) {
      var topic = "Saving for a house, step " + i + " of " + atOnce;
      var form = NewArticle.of(topic, "sandbox");
      var runs =
          Stream.generate(
                  () -> coreModule.articles.articles().generate(form, person, UUID.randomUUID()))
              .limit(atOnce)
              .toList();
      runs.forEach(run -> ratios.add(ratio(coreModule, run)));
    }
    ratios.sort(Comparator.naturalOrder());
    return ratios;
  }

  private static double ratio(CoreModule coreModule, UUID run) {
    Await.until(
        "the run ends", Duration.ofMinutes(2), () -> ended(coreModule.database, run) != null);
    var times =
        coreModule.database.read(
            dsl ->
                dsl.select(RUNS.STARTED_AT, RUNS.ENDED_AT)
                    .from(RUNS)
                    .where(RUNS.ID.eq(run))
                    .fetchSingle());
    double wall = Duration.between(times.value1(), times.value2()).toMillis();
    return wall / criticalPath(coreModule.database, run);
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
