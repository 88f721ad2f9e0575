package dev.keywheel.support;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseRetry;
import dev.keywheel.db.Ids;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeyRotation;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A workspace with an administrator, an unsealed vault and a pool for keys, on a real database. */
public final class TestPool implements AutoCloseable {
  /** A key-encryption key of 32 bytes, which is not secret. */
  public static final String KEK =
      Base64.getEncoder().encodeToString("a test key that is no secret at.".getBytes(UTF_8));

  private static final String NOT_IN_ROTATION =
      """
      select k.name, k.status, k.deleted_at, k.usable_free, k.usable_paid, r.*
        from api_keys k full join rotation_order r on r.key_id = k.id
       where (k.id, k.workspace_id, k.provider, case when k.deleted_at is null then k.status end,
              k.deleted_at is null and k.usable_free, k.deleted_at is null and k.usable_paid)
             is distinct from (r.key_id, r.workspace_id, r.provider, r.status, r.usable_free, r.usable_paid)
      """;

  public final TestDatabase test = TestDatabase.create();
  public final Database database = test.database();
  public final TestClock clock = new TestClock();
  public final Ids ids = new Ids(clock, new SecureRandom());
  public final Vault vault =
      new Vault(database, KekSource.variable("KEYWHEEL_KEK", KEK), new SecureRandom(), ids, clock);
  public final TestKeys testKeys = new TestKeys(vault, ids, clock);
  public final KeyPool pool = new KeyPool(database, vault, clock);
  public final Audit audit = new Audit(database, vault.auditKeys(), clock);
  public final UUID workspace = ids.next();
  public final Principal admin =
      new Principal(ids.next(), "admin@example.com", workspace, Role.ADMIN, true);
  public final Jobs jobs = new Jobs(database, "test", clock, Duration.ofMillis(50));
  public final PoolId id = new PoolId(workspace, "openrouter");

  public TestPool() {
    vault.unseal();
    database.runTx(
        tx -> {
          tx.dsl()
              .insertInto(WORKSPACES)
              .set(WORKSPACES.ID, workspace)
              .set(WORKSPACES.NAME, "Test")
              .set(WORKSPACES.CREATED_AT, clock.instant())
              .execute();
          tx.dsl()
              .insertInto(USERS)
              .set(USERS.ID, admin.userId())
              .set(USERS.EMAIL, admin.email())
              .set(USERS.PASSWORD_HASH, "none")
              .set(USERS.CREATED_AT, clock.instant())
              .set(USERS.PASSWORD_CHANGED_AT, clock.instant())
              .execute();
        });
  }

  /**
   * Adds keys with these names; the secret of {@code key1} is {@code sk-or-v1-test-secret-of-key1}.
   */
  public List<UUID> add(String... names) {
    List<NewKey> keys =
        Arrays.stream(names)
            .map(name -> new NewKey(name, Secret.of("sk-or-v1-test-secret-of-" + name)))
            .toList();
    return database.inTx(tx -> testKeys.add(tx, id, keys));
  }

  /** The database with retries, as runs use it, over the given connections. */
  public RetryingDatabase retrying(Database over, Delayer delayer) {
    var retry = new DatabaseRetry(delayer, new SplittableRandom(7), Duration.ofMinutes(1));
    return new RetryingDatabase(over, retry, ids, clock);
  }

  /**
   * Commands for keys that change up to {@code part} keys in one transaction; the jobs are not
   * started.
   */
  public KeyCommands edits(int part) {
    return new KeyCommands(database, audit, jobs, ids, clock, part);
  }

  /** Adds {@code key1} … {@code key<n>}. */
  public List<UUID> add(int n) {
    return add(IntStream.rangeClosed(1, n).mapToObj(i -> "key" + i).toArray(String[]::new));
  }

  public ApiKey key(UUID keyId) {
    return pool.get(workspace, keyId);
  }

  /**
   * Sets the account of keys, as if a user had typed it.
   *
   * @param account null if it is unknown
   */
  public void account(@Nullable String account, UUID... keys) {
    database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, account)
                .set(API_KEYS.ACCOUNT_SOURCE, account == null ? null : "typed")
                .where(API_KEYS.ID.in(keys))
                .execute());
  }

  /** Pauses the pool because of "An outage." */
  public void pause(Instant until) {
    var pause = new PoolPause(until, "An outage.", PauseCause.OTHER);
    database.runTx(tx -> pool.status().pausePool(tx, id, pause));
  }

  /** Records the outcomes of checks in a transaction of its own. */
  public void recordChecks(List<KeyCheckResult> results) {
    database.runTx(
        tx -> {
          pool.rotation().lock(tx, id);
          pool.updater().recordChecks(tx, id, results, clock.instant(), TestKeys.ACTOR);
        });
  }

  /** Records a check that refused the key. */
  public void fail(UUID key) {
    recordChecks(List.of(Observations.checked(key, Observations.refused(clock.instant()))));
  }

  /** Ends the pause of the pool. */
  public void resume() {
    database.runTx(
        tx -> {
          var pause = pool.status().findPause(tx, id).orElseThrow();
          assertThat(pool.status().resumePool(tx, id, pause.until())).isTrue();
        });
  }

  /** The number of times that a key was assigned. */
  public long assignments(UUID keyId) {
    return database.read(dsl -> KeyRotation.assignments(dsl, keyId));
  }

  /** Also checks that the rotation matches the keys of the pools. */
  @Override
  public void close() {
    try {
      var different = test.asOwner().read(dsl -> dsl.fetch(NOT_IN_ROTATION).intoMaps());
      assertThat(different).as("keys that differ from their rows in the rotation").isEmpty();
    } finally {
      test.close();
    }
  }
}
