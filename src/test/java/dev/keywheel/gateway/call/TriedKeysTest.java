package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The retry of a request does not use the key that has just failed while another key is usable. */
final class TriedKeysTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";
  private static final int REQUESTS = 9;

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @Test
  void each_of_many_requests_succeeds_although_one_of_two_keys_always_fails() throws Exception {
    node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.json(500, "{\"error\":{\"message\":\"broken\"}}"));
    node.upstream.answer("key2", StreamUpstream.json(200, GOOD));

    Callable<Integer> chat = () -> node.chat().statusCode();
    List<Integer> statuses = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> one : threads.invokeAll(Collections.nCopies(REQUESTS, chat))) {
        statuses.add(one.get());
      }
    }

    assertThat(statuses).hasSize(REQUESTS).containsOnly(200);
    assertThat(node.attempts()).hasSizeLessThan(2 * REQUESTS);
  }

  @Test
  void a_call_with_the_only_key_is_repeated_after_a_server_error() {
    node.pool.add(1);
    node.upstream.answer(
        "key1",
        StreamUpstream.json(500, "{\"error\":{\"message\":\"broken\"}}"),
        StreamUpstream.json(200, GOOD));

    assertThat(node.chat().statusCode()).isEqualTo(200);
  }
}
