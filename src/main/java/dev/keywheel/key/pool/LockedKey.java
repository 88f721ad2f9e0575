package dev.keywheel.key.pool;

import dev.keywheel.db.BoundedText;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key's row with its state, read to change the state.
 *
 * @param text the class of the pool's text models
 * @param account the account as known now; not yet in the row if a check or call has just found it
 * @param accountTyped whether a user entered the account, which overrides what the provider says
 */
public record LockedKey(
    Row key, KeyState state, ModelClass text, @Nullable String account, boolean accountTyped) {

  /**
   * The columns that the state depends on.
   *
   * @param untestedSince when the secret was replaced; null if never, or after a conclusive test
   */
  record Row(
      UUID id,
      PoolId pool,
      KeyStatus status,
      Instant statusSince,
      @Nullable String account,
      int secretVersion,
      @Nullable Instant untestedSince) {}

  /** Sets the account that the provider named, unless a user entered one. */
  LockedKey learning(@Nullable String named) {
    return named == null || named.isBlank() || accountTyped
        ? this
        : new LockedKey(key, state, text, BoundedText.start(named, 200), false);
  }

  /** Removes an account that a user has not entered, because it belongs to the old secret. */
  LockedKey withNewSecret() {
    return new LockedKey(key, state, text, accountTyped ? account : null, accountTyped);
  }

  boolean learnt() {
    return account != null && !account.equals(key.account());
  }
}
