package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyNames;
import dev.keywheel.people.identity.Principal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Records;

/** Renames restored keys whose name another key has taken since they were deleted. */
final class RestoredKeyNames {
  private RestoredKeyNames() {}

  private record RenamedKey(UUID id, String name) {}

  /** Renames the matching keys whose name is taken. Call it before they are restored. */
  static void renameTaken(Tx tx, Principal who, Condition keysToRestore, Instant now) {
    List<RenamedKey> keys =
        tx.dsl()
            .select(API_KEYS.ID, API_KEYS.NAME)
            .from(API_KEYS)
            .where(keysToRestore)
            .orderBy(API_KEYS.ADDED_SEQ)
            .fetch(Records.mapping(RenamedKey::new));
    var names =
        KeyNames.in(tx.dsl(), who.workspaceId(), keys.stream().map(RenamedKey::name).toList());
    for (RenamedKey key : keys) {
      String free = names.choose(key.name(), "").name();
      if (!free.equals(key.name())) {
        Condition row = API_KEYS.ID.eq(key.id());
        KeyAuditTrail.recordHistory(tx, who, row, "renamed", API_KEYS.NAME, val(free), now, null);
        tx.dsl().update(API_KEYS).set(API_KEYS.NAME, free).where(row).execute();
      }
    }
  }
}
