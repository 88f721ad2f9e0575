package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Call;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Calls that the provider refuses with 401, with and without refusing the check of the key. */
class RefusedModelTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";
  private static final Script UNAUTHORIZED =
      StreamUpstream.json(401, ScriptedUpstream.unauthorized().body());

  /** More than three keys, because further keys are tried until the first checks have ended. */
  private static final int MAX_REFUSED = 8;

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);
  private final AtomicInteger refused = new AtomicInteger();

  @Test
  void a_model_that_is_refused_with_good_keys_is_tried_with_few_keys_and_then_with_one() {
    List<UUID> keys = node.pool.add(40);
    node.upstream.answer("*", call -> refuseModel(call, keys));

    HttpResponse<byte[]> first = node.chat();

    TestNode.assertError(first, 502, "upstream_error");
    assertThat(TestNode.text(first)).contains("refuses calls for this model");
    assertThat(first.headers().firstValue("x-should-retry")).contains("false");
    assertThat(refused.get()).isBetween(3, MAX_REFUSED);
    Await.until("all refused keys were checked", () -> tested(keys) == refused.get());
    int before = refused.get();
    for (int request = 1; request <= 3; request++) {
      var other = TestNode.chatBody(false).replace(TestNode.MODEL, "other/model");
      assertThat(node.post("/v1/chat/completions", other).statusCode()).isEqualTo(200);
      assertThat(node.chat().statusCode()).isEqualTo(502);
      assertThat(refused.get()).isEqualTo(before + request);
    }
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void the_next_target_of_an_alias_is_served_with_the_same_keys() {
    List<UUID> keys = node.pool.add(MAX_REFUSED + 2);
    node.alias("either", "maker/model", "other/model");
    node.upstream.answer("*", call -> refuseModel(call, keys));

    var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");

    assertThat(TestNode.text(response)).isEqualTo(GOOD);
    assertThat(response.statusCode()).isEqualTo(200);
  }

  /** Refuses one model, after the earlier refused keys were checked. */
  private void refuseModel(Call call, List<UUID> keys)
      throws java.io.IOException, InterruptedException {
    if (new String(call.body(), StandardCharsets.UTF_8).contains("other/model")) {
      StreamUpstream.json(200, GOOD).answer(call);
      return;
    }
    int earlier = refused.getAndIncrement();
    Await.until("the earlier keys were checked", () -> tested(keys) >= earlier);
    UNAUTHORIZED.answer(call);
  }

  private int tested(List<UUID> keys) {
    return (int) keys.stream().filter(key -> node.pool.key(key).lastTestedAt() != null).count();
  }

  @Test
  void an_account_whose_calls_are_refused_is_followed_by_another_account() {
    List<UUID> keys = node.pool.add(9);
    for (UUID key : keys.subList(0, 8)) {
      pool.account("blocked", key);
    }
    pool.account("open", keys.get(8));
    node.upstream.answer("*", UNAUTHORIZED);
    node.upstream.answer("key9", StreamUpstream.json(200, GOOD));

    assertThat(node.chat().statusCode()).isEqualTo(200);

    assertThat(node.upstream.keys()).containsExactly("key1", "key9");
  }

  @Test
  void a_request_whose_first_twenty_keys_were_revoked_is_answered() {
    node.pool.add(21);
    var answered = new CountDownLatch(1);
    for (int key = 1; key <= 20; key++) {
      node.upstream.answer("key" + key, UNAUTHORIZED);
      node.upstream.checks(
          "key" + key,
          check -> {
            answered.await();
            UNAUTHORIZED.answer(check);
          });
    }
    node.upstream.answer("key21", StreamUpstream.json(200, GOOD));
    try {
      HttpResponse<byte[]> response = node.chat();

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("x-keywheel-attempts")).contains("21");
    } finally {
      answered.countDown();
    }
  }
}
