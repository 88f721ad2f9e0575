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
 * The keys of a pool that a batch is to test. Disabled keys are never among them.
 *
 * @param unusable whether only rate-limited and failed keys are
 * @param asOf keys that were added since are left out
 */
public record BatchSelection(KeyFilter filter, boolean unusable, Instant asOf) {

  /** Evaluated again for each part: a key that has changed its status since is left out. */
  Condition in(PoolId pool) {
    Condition all =
        SelectionQuery.now(pool.workspaceId(), new Selection.Matching(filter, 0, asOf))
            .and(API_KEYS.PROVIDER.eq(pool.provider()));
    return unusable
        ? all.and(API_KEYS.STATUS.in(KeyStatus.RATE_LIMITED.code(), KeyStatus.FAILED.code()))
        : all.and(API_KEYS.STATUS.ne(KeyStatus.DISABLED.code()));
  }
}
