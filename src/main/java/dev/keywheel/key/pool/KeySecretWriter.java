package dev.keywheel.key.pool;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.text;
import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.MODEL_EXCLUSIONS;
import static java.util.Comparator.comparing;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Sealer;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Condition;

/**
 * Overwrites the secrets of keys. Removes everything known about the old secret: failure, limits,
 * facts, excluded models, and an account named by the provider. Keeps the name, tags, a typed
 * account, the history and the counters.
 */
public final class KeySecretWriter {
  /** The maximum number of keys whose secrets are written in one statement. */
  private static final int CHUNK = 1_000;

  /**
   * A new secret is tested immediately. If the test is interrupted, a check is due after this time.
   */
  public static final Duration TESTED_WITHIN = Duration.ofMinutes(2);

  private static final Columns<Replacement> ID =
      Columns.of(column("id", UUID.class, key -> key.move().keyId()));

  private static final Columns<Replacement> SHOWN =
      ID.and(
          Columns.of(
              code("status", key -> key.move().shown().status()),
              text("masked", key -> key.secret().masked())));

  private static final Columns<Replacement> SECRET =
      Columns.of(
          column("data_key_id", UUID.class, key -> key.sealed().dataKeyId()),
          column("ciphertext", byte[].class, key -> key.sealed().ciphertext()),
          column("fingerprint", byte[].class, Replacement::fingerprint),
          text("prefix", key -> key.secret().prefix()),
          text("last_four", key -> key.secret().lastFour()),
          text("account", key -> key.move().before().account()));

  private final Vault vault;

  public KeySecretWriter(Vault vault) {
    this.vault = vault;
  }

  /**
   * Replaces the secrets of those keys of the pool that meet the condition, and returns the ids of
   * the replaced keys. The caller holds the pool's lock. A chunk of keys takes as many statements
   * as one key.
   */
  public List<UUID> replace(
      Tx tx, PoolId pool, Map<UUID, Secret> secrets, Condition which, Instant now, String actor) {
    Sealer sealer = vault.sealer(tx.dsl());
    var replaced = new ArrayList<UUID>();
    var ids = secrets.keySet().stream().sorted(comparing(Object::toString)).toList();
    for (int from = 0; from < ids.size(); from += CHUNK) {
      var chunk = ids.subList(from, Math.min(from + CHUNK, ids.size())).toArray(UUID[]::new);
      Condition present = KeyRepository.inPool(pool).and(API_KEYS.ID.eq(any(chunk))).and(which);
      List<Replacement> portion =
          KeyRepository.lock(tx.dsl(), present).stream()
              .map(key -> replacement(pool, key, secrets, sealer))
              .toList();
      write(tx, portion, now, actor);
      portion.forEach(one -> replaced.add(one.move().keyId()));
    }
    PoolRepository.raiseVersion(tx, pool);
    return replaced;
  }

  private record Replacement(
      Move move, Secret secret, Vault.EncryptedSecret sealed, byte[] fingerprint) {}

  private Replacement replacement(
      PoolId pool, LockedKey key, Map<UUID, Secret> secrets, Sealer sealer) {
    UUID id = key.key().id();
    Secret secret = Objects.requireNonNull(secrets.get(id));
    var context = KeySecrets.context(pool.workspaceId(), pool.provider(), id);
    return new Replacement(
        new Move(key.withNewSecret(), KeyState.fresh().enabled(key.state().enabled())),
        secret,
        sealer.seal(secret, context),
        vault.fingerprint(pool.workspaceId(), pool.provider(), secret));
  }

  private static void write(Tx tx, List<Replacement> keys, Instant now, String actor) {
    if (keys.isEmpty()) {
      return;
    }
    var moves = keys.stream().map(Replacement::move).toList();
    UUID[] ids = moves.stream().map(Move::keyId).toArray(UUID[]::new);
    insertHistory(tx, keys, now, actor);
    update(tx, keys, moves, now);
    tx.dsl().deleteFrom(MODEL_EXCLUSIONS).where(MODEL_EXCLUSIONS.KEY_ID.eq(any(ids))).execute();
  }

  /** Records the old status and the masked old secret, so it must be called before the update. */
  private static void insertHistory(Tx tx, List<Replacement> keys, Instant now, String actor) {
    tx.dsl()
        .execute(
            """
            insert into key_changes (key_id, at, kind, from_status, to_status, actor, old_value,
                                     new_value)
            select k.id, {1}, 'secret', k.status, given.status, {2},
                   k.prefix || '…' || k.last_four, given.masked
              from {0} join api_keys k using (id)
            """,
            SHOWN.table(keys), val(now), val(actor));
  }

  /** Updates each row only once, because an update adds entries to most indexes of the table. */
  private static void update(Tx tx, List<Replacement> keys, List<Move> moves, Instant now) {
    tx.dsl()
        .execute(
            """
            update api_keys as k
               set %s, %s,
                   check_due = case when v.enabled then {2} end,
                   secret_version = k.secret_version + 1, secret_replaced_at = {1},
                   account_source = case when given.account is not null then 'typed' end,
                   facts = '{}', last_tested_at = null, last_latency_ms = null
              from {0}, {3}
             where k.id = v.id and given.id = v.id
            """
                .formatted(KeyStateRows.SETS, SECRET.from("given")),
            KeyStateRows.of(moves, Map.of(), now),
            val(now),
            val(now.plus(TESTED_WITHIN)),
            ID.and(SECRET).table(keys));
  }
}
