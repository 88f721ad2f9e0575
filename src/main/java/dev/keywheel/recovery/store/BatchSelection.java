package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.search.SelectionQuery;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import org.jooq.Condition;

/**
 * Selects the keys of a pool that a batch will test, without disabled keys.
 *
 * @param unusable whether to select only rate-limited and failed keys
 * @param asOf keys that were added later are left out
 */
public record BatchSelection(KeyFilter filter, boolean unusable, Instant asOf) {

  /** Evaluated for each part, so a key whose status changed after the request may be left out. */
  Condition in(PoolId pool) {
    Condition all =
        SelectionQuery.now(pool.workspaceId(), new Selection.Matching(filter, 0, asOf))
            .and(API_KEYS.PROVIDER.eq(pool.provider()));
    return unusable
        ? all.and(API_KEYS.STATUS.in(KeyStatus.RATE_LIMITED.code(), KeyStatus.FAILED.code()))
        : all.and(API_KEYS.STATUS.ne(KeyStatus.DISABLED.code()));
  }
}
