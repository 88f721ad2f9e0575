package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.key.pool.KeyRotation.LimitedKey;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogFilter;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** How long a client has to wait when all keys are limited. */
class LimitedPoolTest {
  private static final String LIMIT =
      "{\"error\":{\"code\":429,\"message\":\"Rate limit exceeded\"}}";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @Test
  void a_client_that_waits_as_long_as_it_is_told_gets_an_answer() {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.json(429, LIMIT, "Retry-After", "2"));
    var refused = node.chat();
    assertError(refused, 429, "pool_limited");
    assertThat(refused.headers().firstValue("retry-after-ms")).contains("2000");
    node.upstream.answer("*", StreamUpstream.json(200, "{\"choices\":[]}"));

    pool.clock.tick(Duration.ofMillis(1_999));
    assertError(node.chat(), 429, "pool_limited");
    pool.clock.tick(Duration.ofMillis(1));
    var answered = node.chat();

    assertThat(answered.statusCode()).isEqualTo(200);
    assertThat(node.upstream.calls()).hasSize(2);
    node.log.write();
    Await.until("lines are stored", () -> !refusals().isEmpty());
    assertThat(refusals()).as("the request that waited for a check is not refused").hasSize(2);
  }

  @Test
  void a_client_gets_the_quota_that_the_last_attempt_named() {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.json(
            429,
            LIMIT,
            "Retry-After",
            "9",
            "anthropic-ratelimit-unified-status",
            "rejected",
            "anthropic-ratelimit-requests-limit",
            "50"));

    var refused = node.post("/v1/messages", "{\"model\":\"maker/model\",\"messages\":[]}");

    assertThat(TestNode.text(refused)).contains("Every key that can serve this request");
    assertThat(refused.headers().firstValue("anthropic-ratelimit-unified-status"))
        .contains("rejected");
    assertThat(refused.headers().firstValue("anthropic-ratelimit-requests-limit")).isEmpty();
    assertThat(node.chat().headers().map().keySet())
        .as("headers of a request without an attempt")
        .noneMatch(name -> name.startsWith("anthropic-ratelimit"));
  }

  private static List<LogEntry> refusals() {
    return new ExecutionLog(pool.database)
        .newest(pool.workspace, LogFilter.ALL, 10).lines().stream()
            .filter(line -> line.code().equals("gw.refused"))
            .toList();
  }

  @Test
  void a_trial_waits_for_the_check_of_a_limited_key_whose_wait_is_over() {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.json(429, LIMIT, "Retry-After", "2"));
    node.chat();
    node.upstream.answer("*", StreamUpstream.json(200, ScriptedUpstream.ok().body()));
    pool.clock.tick(Duration.ofSeconds(2));

    var trial = node.trial(TestNode.MODEL);

    assertThat(trial.answered()).as(trial.text()).isTrue();
  }

  @Test
  void a_limit_that_ended_without_a_usable_key_tells_the_client_to_wait_for_a_second() {
    var now = pool.clock.instant();

    var error =
        SeatRefusal.of(new SeatGrant.AllLimited(now.minusSeconds(3), null), now).forClient(now);

    assertThat(error.headers()).containsEntry("retry-after-ms", "1000");
  }

  @Test
  void a_client_is_not_told_a_past_time_while_the_first_key_is_due_for_a_check() {
    var now = pool.clock.instant();
    var past = now.minusSeconds(3);
    var due = new LimitedKey(UUID.randomUUID(), "key1", past);

    var error = SeatRefusal.of(new SeatGrant.AllLimited(past, due), now).forClient(now);

    assertThat(error.message()).endsWith("The first key is used again once a check accepts it.");
  }
}
