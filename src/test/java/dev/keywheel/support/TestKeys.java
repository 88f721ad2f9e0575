package dev.keywheel.support;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyNames;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Adds keys to a pool as an import does, without a preview. */
public final class TestKeys {
  public static final Actor ACTOR = new Actor("test", null, null);

  private final KeyInserts inserts;
  private final InstantSource clock;

  public TestKeys(Vault vault, Ids ids, InstantSource clock) {
    this.inserts = new KeyInserts(vault, ids);
    this.clock = clock;
  }

  /**
   * Adds active, untested keys at the end of the rotation. Skips keys that the pool or its trash
   * already contains. Returns the ids of the added keys.
   */
  public List<UUID> add(Tx tx, PoolId pool, List<NewKey> keys) {
    PoolRepository.lockAllWith(tx, pool);
    Map<ByteBuffer, NewKey> wanted = new LinkedHashMap<>();
    keys.forEach(key -> wanted.putIfAbsent(inserts.fingerprint(pool, key.secret()), key));
    wanted.keySet().removeAll(inserts.known(tx.dsl(), pool, List.copyOf(wanted.keySet())).keySet());
    List<UUID> added =
        inserts.insert(tx, pool, named(tx, pool, wanted.values()), clock.instant(), "test", null);
    if (!added.isEmpty()) {
      PoolRepository.countInserted(tx, pool, added.size());
    }
    return added;
  }

  private static List<NewKey> named(Tx tx, PoolId pool, Collection<NewKey> keys) {
    var names = KeyNames.in(tx.dsl(), pool.workspaceId(), keys.stream().map(NewKey::name).toList());
    return keys.stream()
        .map(key -> new NewKey(names.choose(key.name(), "").name(), key.secret(), key.account()))
        .toList();
  }
}
