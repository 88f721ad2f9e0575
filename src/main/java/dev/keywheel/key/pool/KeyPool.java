package dev.keywheel.key.pool;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.Vault;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds keys, and provides the rotation, state updates, secrets, status and rechecks of the pools.
 * Locks are taken in the order pool, keys (by id).
 */
public final class KeyPool {
  private final Database database;
  private final KeyRotation rotation;
  private final KeyStateUpdater updater = new KeyStateUpdater();
  private final KeySecrets secrets;
  private final PoolStatus status;
  private final Rechecks rechecks;

  public KeyPool(Database database, Vault vault, InstantSource clock) {
    this.database = database;
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

  /** Finds a key; empty for a key in the trash. */
  public Optional<ApiKey> find(UUID workspace, UUID id) {
    return database.read(dsl -> KeyRepository.find(dsl, workspace, id));
  }

  public Optional<ApiKey> find(Tx tx, UUID workspace, UUID id) {
    return KeyRepository.find(tx.dsl(), workspace, id);
  }

  public List<ApiKey> find(Tx tx, UUID workspace, Collection<UUID> ids) {
    return KeyRepository.find(tx.dsl(), workspace, ids);
  }

  /**
   * @throws NotFound also for a key of another workspace or in the trash
   */
  public ApiKey get(UUID workspace, UUID id) {
    return find(workspace, id)
        .orElseThrow(() -> database.read(dsl -> KeyRepository.missing(dsl, workspace, id)));
  }
}
