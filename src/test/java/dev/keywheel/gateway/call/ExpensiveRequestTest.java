package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that cost more than the credit of an account. */
class ExpensiveRequestTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";
  private static final String AFFORD =
      "You requested up to 64000 tokens, but can only afford 200. Add credits.";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private static String unpaid(String message) {
    return "{\"error\":{\"message\":\"" + message + "\",\"code\":402}}";
  }

  /** The remaining tokens are few because of the prompt. */
  private HttpResponse<byte[]> longChat() {
    String hello = "hello ".repeat(4_000);
    return node.post("/v1/chat/completions", TestNode.chatBody(false).replace("hello", hello));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {AFFORD, "You can only afford 5000", "Prompt tokens limit exceeded: 230799 > 9144"})
  void a_long_request_is_tried_with_keys_of_three_accounts_and_no_key_is_marked(String message) {
    List<UUID> keys = addKeysOf("a", "a", "b", "b", "c", "d", "e");
    node.upstream.answer("*", StreamUpstream.json(402, unpaid(message)));

    HttpResponse<byte[]> response = longChat();

    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(TestNode.text(response)).as("the provider's error").contains(message);
    assertThat(node.upstream.keys()).containsExactly("key1", "key3", "key5");
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void a_request_is_tried_with_three_keys_of_the_only_account() {
    addKeysOf("a", "a", "a", "a", "a");
    node.upstream.answer("*", StreamUpstream.json(402, unpaid(AFFORD)));

    assertThat(longChat().statusCode()).isEqualTo(402);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2", "key3");
  }

  @Test
  void a_short_request_reaches_a_key_that_can_pay_and_the_others_are_excluded_for_the_model() {
    List<UUID> poor = addKeysOf("a", "b", "c", "d", "e", "f").subList(0, 5);
    node.upstream.answer("*", StreamUpstream.json(402, unpaid(AFFORD)));
    node.upstream.answer("key6", StreamUpstream.json(200, GOOD));

    for (int request = 0; request < 3; request++) {
      assertThat(node.chat().statusCode()).isEqualTo(200);
      pool.clock.tick(Duration.ofSeconds(1));
    }

    assertThat(node.upstream.keys())
        .containsExactly("key1", "key2", "key3", "key4", "key5", "key6", "key6", "key6");
    assertThat(poor).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void a_key_that_cannot_pay_what_other_accounts_can_is_used_only_for_other_models() {
    UUID poor = addKeysOf("a", "b", "c").getFirst();
    node.upstream.answer("*", StreamUpstream.json(200, GOOD));
    node.upstream.answer("key1", StreamUpstream.json(402, unpaid(AFFORD)));
    for (int request = 0; request < 12; request++) {
      assertThat(longChat().statusCode()).isEqualTo(200);
      pool.clock.tick(Duration.ofSeconds(1));
    }

    assertThat(node.upstream.keys()).filteredOn("key1"::equals).hasSize(5);
    List<KeyModels.Exclusion> exclusions = pool.database.read(dsl -> KeyModels.of(dsl, poor));
    assertThat(exclusions).extracting(KeyModels.Exclusion::model).containsExactly(TestNode.MODEL);
    assertThat(node.pool.key(poor).usableFor(ModelClass.PAID)).isTrue();
  }

  /** Adds a key for each of these accounts. */
  private List<UUID> addKeysOf(String... accounts) {
    List<UUID> keys = node.pool.add(accounts.length);
    for (int i = 0; i < accounts.length; i++) {
      pool.account(accounts[i], keys.get(i));
    }
    return keys;
  }
}
