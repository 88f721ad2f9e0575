package dev.keywheel;

import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.config.Config;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.run.RunMode;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.secret.KekSource;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A long article from its stored parts: the page and each file, over HTTP on loopback, from the
 * request to the last byte.
 */
public final class ArticleBench implements Benchmark {
  private static final int TIMES = 60;
  private static final List<String> FILES =
      List.of(
          "Download HTML",
          "Download Markdown",
          "Download ZIP",
          "Download JSON",
          "Download WordPress file");

  @Override
  public String name() {
    return "article";
  }

  @Override
  public List<Figure> run() throws Exception {
    try (var database = TestDatabase.create()) {
      var article = article(database);
      try (var app =
          RunningApp.on(database, new dev.keywheel.config.Config.KekLocation.Value(TestPool.KEK))) {
        var browser = app.administrator();
        var figures = new ArrayList<Figure>();
        var path = "/articles/" + article;
        figures.add(p95("the page of a long article", browser, path, "<= 30"));
        var page = browser.get(path).page();
        for (var name : FILES) {
          var link =
              page.select("a").stream()
                  .filter(a -> a.text().equals(name))
                  .findFirst()
                  .orElseThrow();
          figures.add(p95(name, browser, link.attr("href"), "<= 200"));
        }
        return figures;
      }
    }
  }

  private static Figure p95(String what, HttpBrowser browser, String path, String bound) {
    int bytes = 0;
    for (int i = 0; i < TIMES / 2; i++) {
      bytes = browser.fetchSize(path); // warms up
    }
    var took = new double[TIMES];
    for (int i = 0; i < TIMES; i++) {
      long began = System.nanoTime();
      browser.fetchSize(path);
      took[i] = (System.nanoTime() - began) / 1e6;
    }
    Arrays.sort(took);
    return new Figure(
        what + ", " + bytes / 1_000 + " kB, p95 of " + TIMES,
        took[TIMES * 95 / 100],
        "ms",
        bound,
        "measured");
  }

  /** The article of a run with long sections. */
  private static UUID article(TestDatabase database) {
    var systemServices = SystemServices.real();
    try (var sandbox = Sandbox.start(SandboxOptions.instant())) {
      var provider =
          new OpenRouter(
              "sandbox",
              "Sandbox",
              sandbox.baseUrl(),
              URI.create("http://localhost"),
              systemServices.clock());
      var coreModule =
          new CoreModule(
              database.database(),
              systemServices.clock(),
              KekSource.variable("KEYWHEEL_KEK", TestPool.KEK),
              new Providers(List.of(provider)),
              ToolCheck.none("not part of this measurement"),
              Path.of("target", "bench-audit-anchor"),
              new Config.Gateway(GatewayTimeouts.DEFAULT.statusHold(), false),
              PasskeySite.of(Optional.empty()),
              systemServices);
      coreModule.vault.unseal();
      try (var jobs = coreModule.jobs;
          var recovery = coreModule.recovery) {
        jobs.start(coreModule.jobDefinitions());
        var person =
            coreModule.setup.create(
                coreModule.setup.issueToken().orElseThrow(), WebApp.EMAIL, WebApp.PASSWORD);
        var keys =
            IntStream.rangeClosed(1, 9)
                .mapToObj(i -> "key" + i + " sk-or-demo-valid-0" + i)
                .collect(Collectors.joining("\n"));
        var pool = new PoolId(person.workspaceId(), "sandbox");
        coreModule.keyImport.confirm(coreModule.keyImport.preview(pool, keys, person).id(), person);
        var form =
            new NewArticle(
                "Saving for a house",
                "sandbox",
                "en",
                "",
                "",
                Length.LONG,
                "",
                "",
                RunMode.PARALLEL,
                Map.of());
        var run = coreModule.articles.articles().generate(form, person, UUID.randomUUID());
        Await.until(
            "the run ends",
            Duration.ofMinutes(2),
            () -> coreModule.articles.runs().run(person.workspaceId(), run).state().ended());
        return database
            .database()
            .read(
                dsl ->
                    dsl.select(RUNS.ARTICLE_ID)
                        .from(RUNS)
                        .where(RUNS.ID.eq(run))
                        .fetchSingle(RUNS.ARTICLE_ID));
      }
    }
  }
}
