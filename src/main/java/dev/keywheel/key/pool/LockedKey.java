package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.BoundedText;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
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

  /** Maximum number of keys of one account to which a limit of the account is applied at once. */
  static final int MAX_PER_ACCOUNT = 1_000;

  /**
   * The keys to which the limits of accounts apply. If an account has more than {@link
   * #MAX_PER_ACCOUNT} keys, only that many keys without the limit are returned, because the pool is
   * locked until all are written. When another key of the account is refused, the limit is applied
   * to the next keys.
   */
  static List<UUID> findOfAccounts(DSLContext dsl, PoolId pool, Map<String, Limit> reached) {
    if (reached.isEmpty()) {
      return List.of();
    }
    var accounts = List.copyOf(reached.entrySet());
    return dsl.fetch(
            """
            select k.id
              from unnest({0}::text[], {1}::text[]) a(account, reason)
              cross join lateral (
                select count(*) as n from (
                  select from api_keys
                   where workspace_id = {2} and provider = {3} and deleted_at is null
                     and account = a.account limit {4} + 1) f) c
              cross join lateral (
                select id from api_keys
                 where workspace_id = {2} and provider = {3} and deleted_at is null
                   and account = a.account
                   and (c.n <= {4} or not limits @> jsonb_build_array(jsonb_build_object('reason', a.reason)))
                 limit {4}) k
            """,
            val(accounts.stream().map(Map.Entry::getKey).toArray(String[]::new)),
            val(accounts.stream().map(it -> it.getValue().reason().code()).toArray(String[]::new)),
            val(pool.workspaceId()),
            val(pool.provider()),
            val(MAX_PER_ACCOUNT))
        .getValues(0, UUID.class);
  }

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
