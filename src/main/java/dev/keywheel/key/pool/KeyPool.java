package dev.keywheel.key.pool;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The keys of all pools. Adds and finds keys; the parts for each kind of caller do the rest. Locks
 * are taken in the order pool, keys (by id).
 */
public final class KeyPool {
  private final Database database;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final KeyRotation rotation;
  private final KeyStateUpdater updater = new KeyStateUpdater();
  private final KeySecrets secrets;
  private final PoolStatus status;
  private final Rechecks rechecks;

  public KeyPool(Database database, Vault vault, Ids ids, InstantSource clock) {
    this.database = database;
    this.clock = clock;
    this.inserts = new KeyInserts(vault, ids);
    this.rotation = new KeyRotation(database);
    this.secrets = new KeySecrets(database, vault);
    this.status = new PoolStatus(database, clock);
    this.rechecks = new Rechecks(database, clock);
  }

  public KeyRotation rotation() {
    return rotation;
  }

  public KeyStateUpdater updater() {
    return updater;
  }

  public KeySecrets secrets() {
    return secrets;
  }

  public PoolStatus status() {
    return status;
  }

  public Rechecks rechecks() {
    return rechecks;
  }

  /**
   * Adds keys, active and untested, at the end of the pool's order. Keys that the pool, or its
   * trash, has already are left out. Returns the ids of those added.
   *
   * @param actor an e-mail or a part of Keywheel
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

  /** A key in the trash is not found. */
  Optional<ApiKey> find(UUID workspace, UUID id) {
    return database.read(dsl -> KeyRepository.find(dsl, workspace, id));
  }

  public Optional<ApiKey> find(Tx tx, UUID workspace, UUID id) {
    return KeyRepository.find(tx.dsl(), workspace, id);
  }

  /**
   * @throws NotFound also for a key of another workspace or in the trash
   */
  public ApiKey get(UUID workspace, UUID id) {
    return find(workspace, id)
        .orElseThrow(() -> database.read(dsl -> KeyRepository.missing(dsl, workspace, id)));
  }
}
