package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Requests that need, or keep to, the keys of one account. */
class SeatAccountsTest extends SeatsOnOneNode {
  @Test
  void a_request_that_needs_an_account_gets_its_key_from_the_end_of_the_rotation() {
    var keys = pool.add(5);
    assertThat(gateway.granted(gateway.first(TokenScope.ALL)).key().id())
        .isEqualTo(keys.getFirst());
    var account = ResponseAccounts.Account.of(pool.key(keys.getFirst()));

    assertThat(gateway.granted(pinned(account)).key().id()).isEqualTo(keys.getFirst());
  }

  @Test
  void a_key_is_found_by_its_account_after_the_account_becomes_known() {
    var keys = pool.add(2);
    var account = ResponseAccounts.Account.of(pool.key(keys.get(1)));

    account(keys.get(1), "known");

    assertThat(gateway.granted(pinned(account)).key().id()).isEqualTo(keys.get(1));
  }

  @Test
  void a_conversation_stays_with_one_account_and_rotates_over_its_keys() {
    var keys = pool.add(6);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));
    for (int i = 0; i < keys.size(); i++) {
      account(keys.get(i), "account" + i % 3);
    }

    var accounts = new HashMap<String, Set<String>>();
    for (int i = 0; i < 40; i++) {
      var conversation = "conversation" + i % 10;
      var key = conversation(conversation).key();
      accounts.computeIfAbsent(conversation, _ -> new HashSet<>()).add(key.account());
    }
    assertThat(accounts.values()).allMatch(used -> used.size() == 1);
    assertThat(accounts.values().stream().distinct()).hasSizeGreaterThan(1);

    var one = conversation("conversation1").key();
    var other = conversation("conversation1").key();
    assertThat(other.account()).isEqualTo(one.account());
    assertThat(other.id()).isNotEqualTo(one.id());
    disable(one.account());
    assertThat(conversation("conversation1").key().account()).isNotEqualTo(one.account());
  }

  private SeatRequest pinned(ResponseAccounts.Account account) {
    var any = gateway.first(TokenScope.ALL);
    return new SeatRequest(
        any.request(),
        any.secretId(),
        any.scope(),
        any.revision(),
        any.first(),
        any.no(),
        any.pool(),
        any.model(),
        any.excluded(),
        any.tried(),
        any.conversation(),
        account);
  }

  private SeatGrant.Granted conversation(String name) {
    var first = gateway.first(TokenScope.ALL);
    return gateway.granted(
        new SeatRequest(
            first.request(),
            null,
            TokenScope.ALL,
            true,
            1,
            pool.id,
            TestGateway.MODEL,
            Set.of(),
            name));
  }

  private void account(UUID key, String account) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, account)
                .set(API_KEYS.ACCOUNT_SOURCE, "typed")
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  private void disable(String account) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.USABLE_FREE, false)
                .where(API_KEYS.ACCOUNT.eq(account))
                .execute());
  }
}
