package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.db.schema.Tables.MODEL_EXCLUSIONS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.concat;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Sealer;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.JSONB;

/**
 * Overwrites the secrets of keys. Everything known about the old secret goes with it: failure,
 * limits, facts, an account found by a test. Name, tags, a typed account, history and counters
 * stay.
 */
public final class SecretReplacement {
  private final Vault vault;

  public SecretReplacement(Vault vault) {
    this.vault = vault;
  }

  /**
   * Replaces the secrets of these keys of the pool and returns the keys replaced: those deleted
   * since are left out. The caller holds the pool's lock.
   */
  public List<UUID> replace(
      Tx tx, PoolId pool, Map<UUID, Secret> secrets, Instant now, String actor) {
    var ids = secrets.keySet().toArray(UUID[]::new);
    List<Move> moves =
        KeyRepository.lock(tx.dsl(), KeyRepository.inPool(pool).and(API_KEYS.ID.eq(any(ids))))
            .stream()
            .map(
                key ->
                    new Move(key.withNewSecret(), KeyState.fresh().enabled(key.state().enabled())))
            .toList();
    Sealer sealer = vault.sealer(tx.dsl());
    for (Move move : moves) {
      replace(
          tx, pool, move, Objects.requireNonNull(secrets.get(move.keyId())), sealer, now, actor);
    }
    KeyStateWriter.rewrite(tx, moves, now);
    tx.dsl().deleteFrom(MODEL_EXCLUSIONS).where(MODEL_EXCLUSIONS.KEY_ID.eq(any(ids))).execute();
    PoolRepository.changed(tx, pool);
    return moves.stream().map(Move::keyId).toList();
  }

  private void replace(
      Tx tx, PoolId pool, Move move, Secret secret, Sealer sealer, Instant now, String actor) {
    UUID id = move.keyId();
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
                    val(move.shown().status().word()),
                    val(actor),
                    concat(API_KEYS.PREFIX, inline("…"), API_KEYS.LAST_FOUR),
                    val(secret.masked()))
                .from(API_KEYS)
                .where(API_KEYS.ID.eq(id)))
        .execute();
    var context = KeySecrets.context(pool.workspaceId(), pool.provider(), id);
    Vault.EncryptedSecret sealed = sealer.seal(secret, context);
    String account = move.before().account();
    tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.DATA_KEY_ID, sealed.dataKeyId())
        .set(API_KEYS.CIPHERTEXT, sealed.ciphertext())
        .set(API_KEYS.FINGERPRINT, vault.fingerprint(pool.workspaceId(), pool.provider(), secret))
        .set(API_KEYS.PREFIX, secret.prefix())
        .set(API_KEYS.LAST_FOUR, secret.lastFour())
        .set(API_KEYS.SECRET_VERSION, API_KEYS.SECRET_VERSION.plus(1))
        .set(API_KEYS.SECRET_REPLACED_AT, now)
        .set(API_KEYS.ACCOUNT, account)
        .set(API_KEYS.ACCOUNT_SOURCE, account == null ? null : "typed")
        .set(API_KEYS.FACTS, JSONB.valueOf("{}"))
        .setNull(API_KEYS.CHECKED_AT)
        .setNull(API_KEYS.LAST_TESTED_AT)
        .setNull(API_KEYS.LAST_LATENCY_MS)
        .where(API_KEYS.ID.eq(id))
        .execute();
  }
}
