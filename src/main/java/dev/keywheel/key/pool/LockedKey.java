package dev.keywheel.key.pool;

import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key's row while its state is worked on.
 *
 * @param text the class of the pool's text models
 * @param account as it is known by now, which may be more than the row says
 * @param accountTyped whether a person named the account: what the provider says does not count
 *     then
 */
public record LockedKey(
    Row key, KeyState state, ModelClass text, @Nullable String account, boolean accountTyped) {

  /** What the row says, as much of it as its state depends on. */
  record Row(
      UUID id, PoolId pool, KeyStatus status, Instant statusSince, @Nullable String account) {}

  /** With the account that the provider named, unless that is nothing new. */
  LockedKey learning(@Nullable String named) {
    return named == null || named.isBlank() || accountTyped
        ? this
        : new LockedKey(key, state, text, named.substring(0, Math.min(named.length(), 200)), false);
  }

  boolean learnt() {
    return account != null && !account.equals(key.account());
  }
}
