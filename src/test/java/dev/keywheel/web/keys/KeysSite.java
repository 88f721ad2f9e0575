package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.KeyPage;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.Seat;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.RunRows;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import io.javalin.http.HttpStatus;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.impl.DSL;

/** The pages of keys over a real database; the sandbox is the provider for both names. */
public final class KeysSite implements AutoCloseable {
  private static final URI SELF = URI.create("http://localhost");

  private final TestDatabase test = TestDatabase.create();
  private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());
  private final InstantSource clock = () -> Instant.now().truncatedTo(ChronoUnit.MICROS);
  private final OpenRouter openRouter;
  private final OpenRouter inSandbox = provider("sandbox", "Sandbox", sandbox.baseUrl());
  private final Jobs jobs =
      new Jobs(test.database(), "test", InstantSource.system(), Duration.ofMillis(50));
  private final TestKeys testKeys;
  public final KeyPool pool;
  final KeyList list = new KeyList(test.database());
  public final Recovery recovery;
  private final KeyCommands edits;
  public final WebApp app;

  public KeysSite() {
    this(Optional.empty(), 5_000);
  }

  /** Uses this server as the provider {@code openrouter}. */
  KeysSite(URI upstream) {
    this(Optional.of(upstream), 5_000);
  }

  /**
   * @param part the number of keys above which a job makes a change
   */
  KeysSite(int part) {
    this(Optional.empty(), part);
  }

  private KeysSite(Optional<URI> upstream, int part) {
    openRouter = provider("openrouter", "OpenRouter", upstream.orElseGet(sandbox::baseUrl));
    Database database = test.database();
    var random = new SecureRandom();
    var ids = new Ids(clock, random);
    var vault =
        new Vault(database, KekSource.variable("KEYWHEEL_KEK", TestPool.KEK), random, ids, clock);
    vault.unseal();
    testKeys = new TestKeys(vault, ids, clock);
    pool = new KeyPool(database, vault, clock);
    var providers = new Providers(List.of(openRouter, inSandbox));
    var settings = new SettingsStore(database);
    recovery =
        new Recovery(
            database,
            pool,
            providers,
            settings,
            new ExecutionLog(database),
            jobs,
            ids,
            clock,
            duration -> {});
    edits = new KeyCommands(database, TestAudit.unsigned(database, clock), jobs, ids, clock, part);
    var imports =
        new KeyImport(
            database,
            vault,
            TestAudit.unsigned(database, clock),
            jobs,
            ids,
            clock,
            Math.min(part, 500));
    jobs.start(
        Stream.of(
                recovery.jobs(),
                edits.jobs(),
                imports.jobs(
                    (who, of, tested) ->
                        recovery.requestTests(of, Trigger.USER, who, null, tested)))
            .flatMap(List::stream)
            .toList());
    app =
        WebApp.start(
            database,
            clock,
            parts -> {
              Screen keys =
                  new KeyRoutes(
                      parts.web,
                      pool,
                      list,
                      new KeyTrash(database),
                      edits,
                      imports,
                      new KeyHistory(database),
                      recovery,
                      new RecoveryHistory(database),
                      providers,
                      settings,
                      clock,
                      parts.signIn,
                      Optional.of(samples()));
              return List.of(keys, KeysSite::withoutRequests);
            });
    // A test of a key that does not answer must last longer than the checks in a slow browser.
    database.runTx(
        tx ->
            settings.write(
                tx,
                app.workspace(),
                RecoverySettings.NAME,
                new RecoverySettings(1_000, RecoverySettings.LONGEST_DEADLINE),
                "test",
                clock.instant()));
  }

  /** Adds the route for the requests of a key, of which there are none. */
  private static void withoutRequests(Routes routes) {
    routes.poll(
        "/gateway/keys/{id}/newest", RequiredRole.VIEWER, ctx -> ctx.status(HttpStatus.NO_CONTENT));
  }

  private OpenRouter provider(String name, String label, URI upstream) {
    return new OpenRouter(name, label, upstream, SELF, clock);
  }

  private static String samples() {
    return Sandbox.sampleKeys().stream()
        .map(sample -> sample.name() + "," + sample.key())
        .collect(Collectors.joining("\n"));
  }

  public KeyCommands edits() {
    return edits;
  }

  /** Stops the jobs, like a node that begins to stop: scheduled jobs stay scheduled. */
  void stopJobs() {
    jobs.close();
  }

  PoolId id() {
    return new PoolId(app.workspace(), "openrouter");
  }

  /** Adds {@code key0001} …, whose secrets work. */
  public List<UUID> add(int n) {
    List<NewKey> keys =
        IntStream.rangeClosed(1, n)
            .mapToObj(
                i ->
                    new NewKey(
                        "key%04d@example.com".formatted(i),
                        Secret.of("sk-or-demo-valid-%06d".formatted(i))))
            .toList();
    return test.database().inTx(tx -> testKeys.add(tx, id(), keys));
  }

  /** Adds one key whose secret determines how the sandbox treats it. */
  public UUID add(String name, String secret) {
    return test.database()
        .inTx(tx -> testKeys.add(tx, id(), List.of(new NewKey(name, Secret.of(secret)))))
        .getFirst();
  }

  public List<ApiKey> keys() {
    var slice = new KeyPage.Slice(OptionalInt.empty(), "", false, 200);
    return list.page(app.workspace(), KeyFilter.ALL, KeyOrder.DEFAULT, slice).keys();
  }

  public ApiKey key(String name) {
    return keys().stream().filter(key -> key.name().equals(name)).findFirst().orElseThrow();
  }

  void asOwner(String sql) {
    test.asOwner(sql);
  }

  public Database database() {
    return test.database();
  }

  /** Sets the numbers of calls of the key and of successful ones. */
  void setCalls(UUID id, long calls, long ok) {
    database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(API_KEYS)
                    .set(API_KEYS.CALLS, calls)
                    .set(API_KEYS.CALLS_OK, ok)
                    .where(API_KEYS.ID.eq(id))
                    .execute());
  }

  /** Adds a run whose plan contains the keys. */
  public UUID addRun(List<UUID> keys, String state) {
    UUID run = UUID.randomUUID();
    database()
        .runTx(
            tx -> {
              var pool = new PoolId(app.workspace(), "openrouter");
              RunRows.insert(tx, run, pool, state, Instant.now());
              var seats = keys.stream().map(id -> new Seat(id, "x", 1)).toList();
              new RunRepository().storePlan(tx, new RunFence(run, null, 0), new Plan(seats));
            });
    return run;
  }

  /**
   * Adds calls of the run with the key, at intervals of one second; every fifth was not answered.
   */
  public void addAttempts(UUID key, UUID run, int n) {
    database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        """
                        insert into attempts (run_id, ordinal, no, cause, key_id, key_name, model, state,
                          latency_ms, prompt_tokens, completion_tokens, request_hash, sent_at)
                        select {0}, 1, n, 'first', {1}, 'x', 'model ' || n,
                          case when n % 5 = 0 then 'http_error' else 'ok' end,
                          n * 37 % 900, 10, 20, 'x', now() - n * interval '1 second'
                        from generate_series(1, {2}) as n
                        """,
                        DSL.val(run), DSL.val(key), DSL.val(n)));
  }

  @Override
  public void close() {
    app.close();
    recovery.close();
    jobs.close();
    openRouter.close();
    inSandbox.close();
    sandbox.close();
    test.close();
  }
}
