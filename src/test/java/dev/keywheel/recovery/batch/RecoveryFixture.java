package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogEntry;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestKeys;
import dev.keywheel.time.Delayer;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A workspace with a pool of keys on a real database, an upstream, and any number of nodes. */
public final class RecoveryFixture implements AutoCloseable {
  /** The key that encrypts the secrets, for nodes in other processes. */
  public static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);

  public final TestDatabase postgres = TestDatabase.create();
  public final Statements statements = new Statements();
  public final Database database = statements.over(postgres.database());
  public final TestClock clock = new TestClock();
  final SecureRandom random = new SecureRandom();
  public final Ids ids = new Ids(clock, random);
  public final Vault vault =
      new Vault(database, KekSource.variable("KEK", KEK), random, ids, clock);
  private final TestKeys testKeys = new TestKeys(vault, ids, clock);
  public final KeyPool keys = new KeyPool(database, vault, clock);
  public final SettingsStore settings = new SettingsStore(database);
  public final ExecutionLog log = new ExecutionLog(database);
  public final Upstream upstream = new Upstream();
  private final URI base;
  private final Delayer delayer;
  public PoolId pool = new PoolId(ids.next(), "openrouter");
  public final Principal person =
      new Principal(ids.next(), "ada@example.org", pool.workspaceId(), Role.ADMIN, true);
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final List<OpenRouter> providers = new ArrayList<>();

  public RecoveryFixture() {
    this(null, noWaiting());
    settle();
  }

  /** A fixture without a workspace; {@link #moveTo} sets one. */
  public static RecoveryFixture withoutWorkspace() {
    return new RecoveryFixture(null, noWaiting());
  }

  /** Uses another provider and real waiting times. */
  static RecoveryFixture over(URI provider) {
    var fixture = new RecoveryFixture(provider, Delayer.real());
    fixture.settle();
    return fixture;
  }

  /** Switches to another workspace: that of the user who views its pages. */
  public void moveTo(UUID workspace) {
    pool = new PoolId(workspace, pool.provider());
    database.runTx(tx -> keys.rotation().lock(tx, pool));
  }

  private RecoveryFixture(@Nullable URI provider, Delayer delayer) {
    this.base = provider == null ? upstream.base() : provider;
    this.delayer = delayer;
    vault.unseal();
  }

  private void settle() {
    database.runTx(
        tx -> {
          tx.dsl()
              .insertInto(WORKSPACES, WORKSPACES.ID, WORKSPACES.NAME, WORKSPACES.CREATED_AT)
              .values(pool.workspaceId(), "Home", clock.instant())
              .execute();
          tx.dsl()
              .insertInto(
                  USERS,
                  USERS.ID,
                  USERS.EMAIL,
                  USERS.PASSWORD_HASH,
                  USERS.CREATED_AT,
                  USERS.PASSWORD_CHANGED_AT)
              .values(person.userId(), person.email(), "x", clock.instant(), clock.instant())
              .execute();
          keys.rotation().lock(tx, pool);
        });
  }

  /** One process of Keywheel with running jobs. */
  public record Node(Jobs jobs, Recovery recovery) {}

  public Node node(String name) {
    clock.tick(Duration.ofMinutes(1)); // the states of the keys begin before the first check
    var jobs = new Jobs(database, name, InstantSource.system(), Duration.ofMillis(50));
    var recovery = recovery(jobs);
    jobs.start(recovery.jobs());
    toClose.add(recovery);
    toClose.add(jobs);
    return new Node(jobs, recovery);
  }

  /** A node whose jobs run only if a test starts them. */
  public Recovery recovery(Jobs jobs) {
    return new Recovery(database, keys, providers(), settings, log, jobs, ids, clock, delayer);
  }

  public BatchWorker batches() {
    return batches(20_000);
  }

  BatchWorker batches(int maxHeldBack) {
    clock.tick(Duration.ofMinutes(1));
    var jobs = new Jobs(database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    var writer =
        new BatchWriter(database, keys, log, jobs, clock, new ResultSignal(), new Refusals());
    return new BatchWorker(
        database, keys, providers(), settings, writer, clock, delayer, pool -> {}, maxHeldBack);
  }

  public Providers providers() {
    var provider =
        new OpenRouter(
            pool.provider(), "OpenRouter", base, URI.create("http://localhost:8080"), clock);
    providers.add(provider);
    return new Providers(List.of(provider));
  }

  static Delayer noWaiting() {
    return duration -> {};
  }

  public void set(RecoverySettings set) {
    database.runTx(
        tx ->
            settings.write(
                tx, pool.workspaceId(), RecoverySettings.NAME, set, "test", clock.instant()));
  }

  public UUID active(String name, String behaviour) {
    return add(List.of(new NewKey(name, secret(name, behaviour)))).getFirst();
  }

  private List<UUID> add(List<NewKey> fresh) {
    return database.inTx(tx -> testKeys.add(tx, pool, fresh));
  }

  private static Secret secret(String name, String behaviour) {
    return Secret.of("sk-or-v1-" + name + "-" + behaviour);
  }

  public UUID limited(String name, String behaviour) {
    var id = active(name, behaviour);
    var limit =
        new ObservedLimit(
            LimitScope.KEY,
            LimitClass.ALL,
            KeyReason.KEY_CAP,
            clock.instant().plus(Duration.ofMinutes(10)));
    var callMetadata = new CallMetadata(evidence(), 12, Usage.NONE, new byte[0]);
    database.runTx(
        tx ->
            keys.updater()
                .recordCall(
                    tx,
                    pool,
                    id,
                    1,
                    new CallOutcome.KeyLimited(limit, null, callMetadata),
                    ModelClass.FREE,
                    clock.instant(),
                    TestKeys.ACTOR));
    return id;
  }

  public UUID failed(String name, String behaviour) {
    var id = active(name, behaviour);
    recordChecks(List.of(id), new CheckOutcome.Unauthorized(evidence(), 12));
    return id;
  }

  public List<UUID> manyLimited(int n, String prefix, String behaviour) {
    var made = new ArrayList<UUID>();
    for (int i = 1; i <= n; i++) {
      made.add(limited(prefix + i, behaviour));
    }
    return made;
  }

  /** Like {@link #failed}, for many keys in a few statements. */
  public List<UUID> manyFailed(int n, String prefix, String behaviour) {
    var fresh = new ArrayList<NewKey>();
    for (int i = 1; i <= n; i++) {
      fresh.add(new NewKey(prefix + i, secret(prefix + i, behaviour)));
    }
    var added = add(fresh);
    recordChecks(added, new CheckOutcome.Unauthorized(evidence(), 12));
    return added;
  }

  public Evidence evidence() {
    return new Evidence(clock.instant(), "chat", 429, "R18 bare", "test", Map.of(), null);
  }

  /** Makes the key active, like a successful check. */
  public void markActive(UUID key) {
    clock.tick(Duration.ofMinutes(1));
    var noFacts =
        new KeyInfo(null, null, null, null, null, null, null, false, false, null, null, null);
    recordChecks(List.of(key), new CheckOutcome.Accepted(noFacts, evidence(), 12));
  }

  public void recordChecks(List<UUID> checked, CheckOutcome outcome) {
    var results = checked.stream().map(key -> Observations.checked(key, outcome)).toList();
    database.runTx(
        tx -> {
          keys.rotation().lock(tx, pool);
          keys.updater().recordChecks(tx, pool, results, clock.instant(), TestKeys.ACTOR);
        });
  }

  public void disable(UUID key) {
    database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ENABLED, false)
                .set(API_KEYS.STATUS, "disabled")
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  public KeyStatus status(UUID key) {
    return keys.get(pool.workspaceId(), key).status();
  }

  public List<String> logOf(UUID stream) {
    return log.after(pool.workspaceId(), stream, 0, 10_000).stream()
        .map(LogEntry::message)
        .toList();
  }

  public BatchState state(UUID recovery) {
    return StoredEnum.of(
        BatchState.class,
        Objects.requireNonNull(
            database.read(
                dsl ->
                    dsl.select(RECOVERIES.STATE)
                        .from(RECOVERIES)
                        .where(RECOVERIES.ID.eq(recovery))
                        .fetchSingle(RECOVERIES.STATE))));
  }

  public int recoveries() {
    return database.read(dsl -> dsl.fetchCount(RECOVERIES));
  }

  public BatchCounts counts(UUID recovery) {
    return database.read(dsl -> new BatchRepository().counts(dsl, recovery));
  }

  /** Requests a test of the keys by any running node. Returns the batch. */
  public UUID requestTests(List<UUID> wanted) {
    var jobs = new Jobs(database, "asking", InstantSource.system(), Duration.ofMillis(50));
    var batchTicket = recovery(jobs).requestTests(pool, Trigger.USER, person, null, wanted);
    return Objects.requireNonNull(batchTicket.recoveryId());
  }

  @Override
  public void close() throws Exception {
    for (var one : toClose) {
      one.close();
    }
    for (var provider : providers) {
      provider.close();
    }
    upstream.close();
    postgres.close();
  }
}
