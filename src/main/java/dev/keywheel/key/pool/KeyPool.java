package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.any;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.RotationNumber;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pool as everything that uses keys sees it: who is usable, whose turn it is, what was seen.
 * Locks are taken in the order pool, keys (by id): who writes several things in one transaction
 * calls {@link #lock} or {@code observe} before {@link #used}.
 */
public final class KeyPool {
  static final String SEALED_KIND = "api_key";

  private final Database database;
  private final Vault vault;
  private final InstantSource clock;
  private final KeyStateUpdater keyStateUpdater = new KeyStateUpdater();
  private final KeyInserts inserts;

  public KeyPool(Database database, Vault vault, Ids ids, InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.clock = clock;
    this.inserts = new KeyInserts(vault, ids);
  }

  /**
   * Adds keys, active and untested, at the end of the pool's order; a key that the pool has, or has
   * in its trash, is left out. Sends nothing. Returns the ids of those added.
   *
   * @param actor who adds them: an e-mail or a part of Keywheel
   */
  public List<UUID> add(
      Tx tx, PoolId pool, List<NewKey> keys, String actor, @Nullable UUID actorId) {
    PoolRepository.lockAllWith(tx, pool);
    Map<ByteBuffer, NewKey> wanted = new LinkedHashMap<>();
    keys.forEach(key -> wanted.putIfAbsent(inserts.fingerprint(pool, key.secret()), key));
    wanted.keySet().removeAll(inserts.known(tx.dsl(), pool, List.copyOf(wanted.keySet())).keySet());
    List<UUID> added =
        inserts.insert(tx, pool, named(tx, pool, wanted.values()), clock.instant(), actor, actorId);
    if (!added.isEmpty()) {
      PoolRepository.changed(tx, pool);
    }
    return added;
  }

  private static List<NewKey> named(Tx tx, PoolId pool, Collection<NewKey> keys) {
    var names = KeyNames.in(tx.dsl(), pool.workspaceId(), keys.stream().map(NewKey::name).toList());
    return keys.stream().map(key -> key.named(names.choose(key.name(), "").name())).toList();
  }

  public PoolCounts counts(PoolId pool) {
    return database.read(dsl -> PoolRepository.counts(dsl, pool));
  }

  /** As {@link #counts(PoolId)}, as this transaction sees it. */
  public PoolCounts counts(Tx tx, PoolId pool) {
    return PoolRepository.counts(tx.dsl(), pool);
  }

  /** The pools of a workspace that ever had a key. */
  public List<PoolId> pools(UUID workspace) {
    return database.read(dsl -> PoolRepository.of(dsl, workspace));
  }

  /** How many keys can serve this class of models, as this transaction sees it. */
  public int usable(Tx tx, PoolId pool, ModelClass models) {
    return PoolRepository.usable(tx.dsl(), pool, models);
  }

  /**
   * Grows when the pool gains a key that may serve, or a pause of it ends early: while it is the
   * same, a run that found no key finds none.
   */
  public long gains(Tx tx, PoolId pool) {
    return PoolRepository.gains(tx.dsl(), pool);
  }

  /** A key in the trash is not found. */
  public Optional<ApiKey> find(UUID workspace, UUID id) {
    return database.read(dsl -> KeyRepository.find(dsl, workspace, id));
  }

  /** As {@link #find(UUID, UUID)}, as this transaction sees it. */
  public Optional<ApiKey> find(Tx tx, UUID workspace, UUID id) {
    return KeyRepository.find(tx.dsl(), workspace, id);
  }

  /** Throws {@link NotFound} as well for a key of another workspace or in the trash. */
  public ApiKey get(UUID workspace, UUID id) {
    return find(workspace, id)
        .orElseThrow(() -> database.read(dsl -> KeyRepository.missing(dsl, workspace, id)));
  }

  /** Locks the pool's row until the transaction ends; makes it when the pool is new. */
  public void lock(Tx tx, PoolId pool) {
    PoolRepository.lock(tx, pool);
  }

  /** The usable keys whose turn comes next, at most {@code limit} of them, in their order. */
  public List<ApiKey> rotation(
      Tx tx, PoolId pool, ModelClass models, Set<UUID> excluded, int limit) {
    return KeyRepository.rotation(tx.dsl(), pool, models, excluded, limit);
  }

  /** As {@link #rotation} outside a transaction, to show whose turn comes next. */
  public List<ApiKey> next(PoolId pool, ModelClass models, int limit) {
    return database.read(dsl -> KeyRepository.rotation(dsl, pool, models, Set.of(), limit));
  }

  /** Every key of the pool in the order of the rotation, disabled ones too: to draw the wheel. */
  public List<ApiKey> ring(PoolId pool, int limit) {
    return database.read(dsl -> KeyRepository.ring(dsl, pool, limit));
  }

  /** What the active keys' accounts have left today, as far as their last checks said. */
  public RemainingDailyQuota dailyLeft(PoolId pool) {
    return database.read(dsl -> RemainingDailyQuota.of(dsl, pool, clock.instant()));
  }

  /**
   * Gives the keys, in the order of the list: each gets the next number of the one sequence and
   * goes to the end of the rotation. To be called with the pool locked.
   */
  public List<RotationNumber> stamp(Tx tx, List<UUID> keys) {
    Map<UUID, Long> numbers = KeyRepository.stamp(tx, keys);
    PoolRepository.changedWith(tx, keys);
    return keys.stream()
        .map(key -> new RotationNumber(key, Objects.requireNonNull(numbers.get(key))))
        .toList();
  }

  /** What a batch tests: the limited and the failed keys, in the order of the rotation. */
  public List<UUID> testable(Tx tx, PoolId pool) {
    return KeyRepository.testableIds(tx.dsl(), pool);
  }

  /** The limited and failed keys that are to be checked next. */
  public List<ApiKey> testable(PoolId pool, int limit) {
    return database.read(dsl -> KeyRepository.testable(dsl, pool, limit));
  }

  /** After the batch was cancelled: the failed keys that it did not test are not due at once. */
  public void postponeCancelled(Tx tx, UUID recovery) {
    DueKeys.postponeCancelled(tx, recovery, clock.instant());
  }

  /** A key whose check is due at {@code at}, in the status it has {@code since}. */
  public record Due(PoolId pool, UUID keyId, Instant at, Instant since) {}

  /**
   * Keys whose check is due by now, at most so many of a pool, the longest waiting first. Disabled
   * keys never are, nor those of a paused pool.
   */
  public List<Due> due(Instant now, int limit) {
    return database.read(dsl -> DueKeys.of(dsl, now, limit));
  }

  /** When the first limited key of this pool is to be checked; empty when none is limited. */
  public Optional<Instant> nextDue(PoolId pool) {
    return database.read(dsl -> DueKeys.next(dsl, pool));
  }

  /**
   * Takes in the answer to a call. A limit of an account reaches all its keys; a block of this
   * address pauses the pool and leaves the key alone. Empty when nothing about the key changed,
   * which is so too for a second bare refusal in a row: it is not the key then.
   */
  public Optional<StatusChange> observe(
      Tx tx, UUID keyId, CallOutcome outcome, ModelClass models, Instant now, Actor by) {
    return keyStateUpdater.call(tx, keyId, outcome, models, now, by);
  }

  /**
   * Takes in what tests of keys of one pool concluded, in a handful of statements however many, and
   * returns what each key shows afterwards; those deleted meanwhile are missing. To be called with
   * the pool locked.
   */
  public Map<UUID, KeyState.Shown> observeAll(
      Tx tx, PoolId pool, List<KeyCheckResult> checked, Instant now, Actor by) {
    return keyStateUpdater.checks(tx, pool, checked, now, by);
  }

  /** Counts one ended call. Takes no lock but the key's. */
  public void used(Tx tx, UUID keyId, boolean ok, Usage usage, int latencyMs, Instant now) {
    long tokens = (long) usage.promptTokens() + usage.completionTokens();
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.CALLS, API_KEYS.CALLS.plus(1))
        .set(API_KEYS.CALLS_OK, API_KEYS.CALLS_OK.plus(ok ? 1 : 0))
        .set(API_KEYS.TOKENS, API_KEYS.TOKENS.plus(tokens))
        .set(API_KEYS.COST, API_KEYS.COST.plus(usage.cost()))
        .set(API_KEYS.LAST_USED_AT, now)
        .set(API_KEYS.LAST_LATENCY_MS, latencyMs)
        .where(API_KEYS.ID.eq(keyId))
        .execute();
  }

  /** The secret, for one outgoing request. Throws {@link NotFound} for a key in the trash. */
  public Secret open(UUID workspace, UUID keyId) {
    Supplier<Secret> secret = secrets(workspace, List.of(keyId)).get(keyId);
    if (secret == null) {
      throw new NotFound("The key was deleted.");
    }
    return secret.get();
  }

  /**
   * As {@link #open} for a batch: read together, each decrypted when it is asked for. A key in the
   * trash is left out; a ciphertext that was altered throws {@link IllegalStateException} then.
   */
  public Map<UUID, Supplier<Secret>> secrets(UUID workspace, Collection<UUID> keyIds) {
    vault.requireOpen();
    return database.read(
        dsl ->
            dsl.select(API_KEYS.ID, API_KEYS.DATA_KEY_ID, API_KEYS.CIPHERTEXT)
                .from(API_KEYS)
                .where(API_KEYS.WORKSPACE_ID.eq(workspace))
                .and(API_KEYS.ID.eq(any(keyIds.toArray(UUID[]::new))))
                .and(API_KEYS.DELETED_AT.isNull())
                .fetchMap(
                    row -> row.value1(), row -> opening(row.value1(), row.value2(), row.value3())));
  }

  private Supplier<Secret> opening(UUID id, UUID dataKeyId, byte[] ciphertext) {
    return () -> vault.open(new Vault.EncryptedSecret(dataKeyId, ciphertext), SEALED_KIND, id);
  }

  /** Stops the whole pool until then; {@code reason} is a sentence for people. */
  public void pause(Tx tx, PoolId pool, Instant until, String reason) {
    PoolRepository.lock(tx, pool);
    PoolRepository.pause(tx, pool, until, reason);
  }

  /** Ends a pause early. */
  public void resume(Tx tx, PoolId pool) {
    PoolRepository.resume(tx, pool);
  }

  public Optional<PoolPause> pause(PoolId pool) {
    return database.read(dsl -> PoolRepository.pause(dsl, pool, clock.instant()));
  }

  /** As {@link #pause(PoolId)}, as this transaction sees it. */
  public Optional<PoolPause> pause(Tx tx, PoolId pool) {
    return PoolRepository.pause(tx.dsl(), pool, clock.instant());
  }

  /** A sentence shown with the pool until it is taken away with null. */
  public void notice(Tx tx, PoolId pool, @Nullable String sentence) {
    PoolRepository.lock(tx, pool);
    PoolRepository.notice(tx, pool, sentence);
  }

  public Optional<String> notice(PoolId pool) {
    return database.read(dsl -> PoolRepository.notice(dsl, pool));
  }

  /** The class of the models of the text operations; a pool without a key has the default, free. */
  public ModelClass textClass(PoolId pool) {
    return database.read(dsl -> PoolRepository.textClass(dsl, pool));
  }

  /**
   * Says which class the workspace's text models have now. The shown status of each key follows in
   * batches, see {@link #reclassify}.
   */
  public void textClass(Tx tx, PoolId pool, ModelClass text) {
    if (PoolRepository.textClass(tx.dsl(), pool) != text) {
      PoolRepository.lock(tx, pool);
      PoolRepository.textClass(tx, pool, text);
    }
  }

  /** Brings the shown statuses of one pool's next keys in line; false when no pool needs it. */
  public boolean reclassify() {
    return database.inTx(tx -> keyStateUpdater.reclassify(tx, clock.instant()));
  }
}
