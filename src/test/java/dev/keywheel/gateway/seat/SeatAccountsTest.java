package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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

    pool.account("known", keys.get(1));

    assertThat(gateway.granted(pinned(account)).key().id()).isEqualTo(keys.get(1));
  }

  @Test
  void a_conversation_stays_with_one_account_and_rotates_over_its_keys() {
    var keys = pool.add(6);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));
    for (int i = 0; i < keys.size(); i++) {
      pool.account("account" + i % 3, keys.get(i));
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

  @Test
  void a_retry_of_a_conversation_takes_another_key_even_if_its_account_has_only_one() {
    var keys = pool.add(3);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));
    for (int i = 0; i < keys.size(); i++) {
      pool.account("account" + i, keys.get(i));
    }
    UUID own = conversation("c").key().id();

    UUID second = conversation("c", Set.of(own)).key().id();
    assertThat(second).isNotEqualTo(own);
    UUID third = conversation("c", Set.of(own, second)).key().id();

    assertThat(List.of(own, second, third)).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(conversation("c").key().id()).as("the next request").isEqualTo(own);
    keys.stream().filter(key -> !key.equals(own)).forEach(key -> disable(pool.key(key).account()));
    assertThat(conversation("c", Set.of(own)).key().id()).as("no other is usable").isEqualTo(own);
  }

  @Test
  void a_retry_of_a_conversation_takes_another_key_of_its_account_while_one_is_usable() {
    var keys = pool.add(4);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));
    for (int i = 0; i < keys.size(); i++) {
      pool.account("account" + i % 2, keys.get(i));
    }
    var own = conversation("c").key();

    var other = conversation("c", Set.of(own.id())).key();

    assertThat(other.id()).isNotEqualTo(own.id());
    assertThat(other.account()).isEqualTo(own.account());
  }

  private SeatRequest pinned(ResponseAccounts.Account account) {
    var any = gateway.first(TokenScope.ALL);
    return new SeatRequest(
        any.request(),
        any.secretId(),
        any.scope(),
        any.revision(),
        any.first(),
        any.attemptNumber(),
        any.pool(),
        any.model(),
        any.tried(),
        any.conversation(),
        account);
  }

  private SeatGrant.Granted conversation(String name) {
    return conversation(name, Set.of());
  }

  private SeatGrant.Granted conversation(String name, Set<UUID> tried) {
    var first = gateway.first(TokenScope.ALL);
    var before = new TriedKeys();
    tried.forEach(key -> before.add(pool.key(key), TriedKeys.Next.OTHER_IF_POSSIBLE));
    return gateway.granted(
        new SeatRequest(
            first.request(),
            first.secretId(),
            first.scope(),
            first.revision(),
            tried.isEmpty(),
            1 + tried.size(),
            first.pool(),
            first.model(),
            before,
            name,
            null));
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
