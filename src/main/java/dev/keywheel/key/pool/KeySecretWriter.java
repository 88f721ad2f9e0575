package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.db.schema.Tables.MODEL_EXCLUSIONS;
import static java.util.Comparator.comparing;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.concat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.SQLDataType.UUID;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.keywheel.db.Tx;
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
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * Overwrites the secrets of keys. Everything known about the old secret goes with it: failure,
 * limits, facts, an account found by a test. Name, tags, a typed account, history and counters
 * stay.
 */
public final class KeySecretWriter {
  /** Keys whose secrets are written with one statement. */
  private static final int CHUNK = 1_000;

  /** A new secret is tested at once; when that was interrupted, a due check does it after this. */
  public static final Duration TESTED_WITHIN = Duration.ofMinutes(2);

  private final Vault vault;

  public KeySecretWriter(Vault vault) {
    this.vault = vault;
  }

  /**
   * Replaces the secrets of these keys of the pool if they meet the condition, and returns the
   * replaced keys. The caller holds the pool's lock. A chunk of keys takes as many statements as
   * one key.
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
    PoolRepository.changed(tx, pool);
    return replaced;
  }

  /** A key with its new secret, sealed. */
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
    history(tx, keys, ids, now, actor);
    update(tx, keys, ids, moves, now);
    tx.dsl().deleteFrom(MODEL_EXCLUSIONS).where(MODEL_EXCLUSIONS.KEY_ID.eq(any(ids))).execute();
  }

  /** Written first: the line holds the old status and the old secret, masked. */
  private static void history(
      Tx tx, List<Replacement> keys, UUID[] ids, Instant now, String actor) {
    Table<?> given =
        table(
                "unnest({0}, {1}, {2})",
                val(ids),
                val(texts(keys, key -> key.move().shown().status().code())),
                val(texts(keys, key -> key.secret().masked())))
            .as("given", "id", "status", "masked");
    tx.dsl()
        .insertInto(
            KEY_CHANGES,
            KEY_CHANGES.KEY_ID,
            KEY_CHANGES.AT,
            KEY_CHANGES.KIND,
            KEY_CHANGES.FROM_STATUS,
            KEY_CHANGES.TO_STATUS,
            KEY_CHANGES.ACTOR,
            KEY_CHANGES.OLD_VALUE,
            KEY_CHANGES.NEW_VALUE)
        .select(
            select(
                    API_KEYS.ID,
                    val(now),
                    val("secret"),
                    API_KEYS.STATUS,
                    column("status", VARCHAR),
                    val(actor),
                    concat(API_KEYS.PREFIX, inline("…"), API_KEYS.LAST_FOUR),
                    column("masked", VARCHAR))
                .from(given)
                .join(API_KEYS)
                .on(API_KEYS.ID.eq(column("id", UUID))))
        .execute();
  }

  /** In one statement, because each update adds an entry to most of the indexes of keys. */
  private static void update(
      Tx tx, List<Replacement> keys, UUID[] ids, List<Move> moves, Instant now) {
    tx.dsl()
        .execute(
            """
            update api_keys as k
               set %s,
                   check_due = case when v.enabled then {2} end,
                   data_key_id = s.data_key, ciphertext = s.ciphertext,
                   fingerprint = s.fingerprint, prefix = s.prefix, last_four = s.last_four,
                   secret_version = k.secret_version + 1, secret_replaced_at = {1},
                   account = s.account,
                   account_source = case when s.account is not null then 'typed' end,
                   facts = '{}', checked_at = null, last_tested_at = null, last_latency_ms = null
              from {0},
                   unnest({3}, {4}, {5}, {6}, {7}, {8}, {9})
                     as s(id, data_key, ciphertext, fingerprint, prefix, last_four, account)
             where k.id = v.id and s.id = v.id
            """
                .formatted(StateTable.SETS),
            StateTable.of(moves, now),
            val(now),
            val(now.plus(TESTED_WITHIN)),
            val(ids),
            val(keys.stream().map(key -> key.sealed().dataKeyId()).toArray(UUID[]::new)),
            val(keys.stream().map(key -> key.sealed().ciphertext()).toArray(byte[][]::new)),
            val(keys.stream().map(Replacement::fingerprint).toArray(byte[][]::new)),
            val(texts(keys, key -> key.secret().prefix())),
            val(texts(keys, key -> key.secret().lastFour())),
            val(texts(keys, key -> key.move().before().account())));
  }

  private static <T> Field<T> column(String name, DataType<T> type) {
    return field(name("given", name), type);
  }

  private static String[] texts(
      List<Replacement> keys, Function<Replacement, @Nullable String> part) {
    return keys.stream().map(part).toArray(String[]::new);
  }
}
