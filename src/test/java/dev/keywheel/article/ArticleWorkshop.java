package dev.keywheel.article;

import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.edit.Versions;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.run.engine.RunCommands;
import dev.keywheel.article.run.engine.RunJob;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.RunService;
import dev.keywheel.article.view.RunView;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.Database;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.run.RunMode;
import dev.keywheel.secret.Secret;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.Delayer;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Articles on a real database and a real HTTP upstream. Runs are executed in the test's thread by
 * the code of their job; waits between tries take no time, but move the clock.
 */
final class ArticleWorkshop implements AutoCloseable {
  final TestPool pool = new TestPool();
  final ExecutionLog log = new ExecutionLog(pool.database);

  /** Called after each wait. */
  volatile Consumer<Duration> waited = _ -> {};

  private final Delayer delayer =
      duration -> {
        pool.clock.tick(duration);
        waited.accept(duration);
      };

  final SettingsStore settings = new SettingsStore(pool.database);
  final Jobs jobs = new Jobs(pool.database, "test", InstantSource.system(), Duration.ofMillis(50));
  final Providers providers;
  final CallExecutor calls;
  private final Recovery recovery;
  private final Assignments assignments;
  private final ToolCheck check;
  final RunCommands start;
  final RunJob job;
  final ArticleService articles;
  final RunService runs;
  final ArticleEditor editing;
  final Versions versions;
  final Regeneration regeneration;

  /**
   * @param provider name of the pool: {@code sandbox} marks articles as demo content
   */
  ArticleWorkshop(String provider, URI upstream, ToolCheck check) {
    this.providers =
        new Providers(
            List.of(
                new OpenRouter(
                    provider,
                    "OpenRouter",
                    upstream,
                    URI.create("http://localhost:8080"),
                    pool.clock)));
    this.recovery =
        new Recovery(
            pool.database,
            pool.pool,
            providers,
            settings,
            log,
            jobs,
            pool.ids,
            pool.clock,
            _ -> {});
    this.assignments =
        new Assignments(pool.database, pool.pool, recovery, providers, settings, log, pool.clock);
    this.check = check;
    var retrying = pool.retrying(pool.database, _ -> {});
    this.calls = calls(retrying);
    this.start =
        new RunCommands(
            pool.database, pool.pool, calls, settings, log, pool.audit, jobs, pool.ids, pool.clock);
    this.job = job(retrying, calls);
    this.articles = new ArticleService(pool.database, providers, start, settings, pool.audit);
    this.runs = new RunService(pool.database, start, pool.clock);
    this.editing = new ArticleEditor(pool.database, pool.audit, pool.ids, pool.clock, check);
    this.versions = new Versions(pool.database);
    this.regeneration = new Regeneration(pool.database, providers, start);
  }

  /** The versions of the parts that the page of an article now shows. */
  List<String> shownVersions(UUID article) {
    return articles.article(pool.workspace, article).parts().stream()
        .map(part -> part.part().version(part.version()))
        .toList();
  }

  /** A worker with its own call executor, like another process. */
  record Node(CallExecutor calls, RunJob job) {
    JobResult work(UUID run) {
      return job.run(run.toString());
    }
  }

  /** A node that uses these database connections. */
  Node node(Database over) {
    var retrying = pool.retrying(over, _ -> {});
    var itsCalls = calls(retrying);
    return new Node(itsCalls, job(retrying, itsCalls));
  }

  private CallExecutor calls(RetryingDatabase retrying) {
    return new CallExecutor(
        retrying,
        pool.pool,
        assignments,
        recovery,
        providers,
        log,
        pool.clock,
        jobs.stopping(),
        delayer,
        Duration.ofMillis(300));
  }

  private RunJob job(RetryingDatabase retrying, CallExecutor calls) {
    return new RunJob(
        retrying,
        pool.pool,
        assignments,
        calls,
        providers,
        settings,
        log,
        jobs,
        pool.ids,
        pool.clock,
        start,
        check);
  }

  /** Adds keys of this provider: name and secret, alternating. */
  void addKeys(String provider, String... namesAndSecrets) {
    var keys = new ArrayList<NewKey>();
    for (int i = 0; i < namesAndSecrets.length; i += 2) {
      keys.add(new NewKey(namesAndSecrets[i], Secret.of(namesAndSecrets[i + 1])));
    }
    pool.database.inTx(tx -> pool.testKeys.add(tx, new PoolId(pool.workspace, provider), keys));
  }

  /** A workshop with this upstream and without a browser for tools. */
  static ArticleWorkshop at(OtherUpstream upstream) {
    return new ArticleWorkshop("openrouter", upstream.base(), ToolCheck.none("not in this test"));
  }

  /** Adds keys that work: {@code key1} and so on. */
  void addKeys(int count) {
    addKeys(
        "openrouter",
        IntStream.rangeClosed(1, count)
            .boxed()
            .flatMap(i -> Stream.of("key" + i, "sk-or-v1-0123456789abcdef" + i))
            .toArray(String[]::new));
  }

  /** The form for an article of {@link OtherUpstream}. */
  static NewArticle form(String language, RunMode mode, Map<ModelRole, String> models) {
    return new NewArticle(
        "Sourdough starter", "openrouter", language, "", "", Length.STANDARD, "", "", mode, models);
  }

  /** The form for a short article of the sandbox. */
  static NewArticle sandboxForm(Map<ModelRole, String> models) {
    return new NewArticle(
        "Saving for a bicycle",
        "sandbox",
        "en",
        "",
        "",
        Length.SHORT,
        "",
        "",
        RunMode.PARALLEL,
        models);
  }

  void set(RunSettings runSettings) {
    pool.database.runTx(
        tx ->
            settings.write(
                tx,
                pool.workspace,
                RunSettings.SETTING,
                runSettings,
                "test",
                pool.clock.instant()));
  }

  /** Creates an article and returns its run, which has not begun. */
  UUID begin(NewArticle form) {
    return articles.generate(form, pool.admin, pool.ids.next());
  }

  /** Creates an article, executes its run, and returns the run. */
  RunView generate(NewArticle form) {
    var run = begin(form);
    work(run);
    return runs.run(pool.workspace, run);
  }

  JobResult work(UUID run) {
    return job.run(run.toString());
  }

  List<String> log(UUID run) {
    var text = new StringBuilder();
    log.writeText(pool.workspace, run, text);
    return text.toString().lines().toList();
  }

  /** Starts the jobs of this node that test keys. Runs are executed only by {@link #work}. */
  void startJobs() {
    jobs.start(recovery.jobs());
  }

  @Override
  public void close() {
    jobs.close();
    pool.close();
  }
}
