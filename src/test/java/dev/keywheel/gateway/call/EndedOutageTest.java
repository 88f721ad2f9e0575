package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Requests to a pool that is paused because its provider fails. */
class EndedOutageTest {
  /**
   * Enough for three requests to begin with different keys: each tries two, and only the first
   * failure counts.
   */
  private static final int KEYS = 5;

  private static final Script GOOD =
      StreamUpstream.json(200, "{\"id\":\"gen-1\",\"choices\":[{\"finish_reason\":\"stop\"}]}");
  private static final Script PAGE = page(200);
  private static final Script BLOCKED = page(403);

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private static Script page(int status) {
    return call -> call.head(status, "text/html").send("<html>error 1015</html>").end();
  }

  @BeforeEach
  void addKeys() {
    node.pool.add(KEYS);
  }

  private void answerWith(Script answer) {
    for (int key = 1; key <= KEYS; key++) {
      node.upstream.answer("key" + key, answer);
    }
  }

  /** Sends requests until the pool is paused. */
  private void causeOutage(Script answer) {
    answerWith(answer);
    for (int request = 0; request < 3; request++) {
      assertThat(node.chat().statusCode()).isGreaterThanOrEqualTo(502);
    }
    assertThat(node.chat().statusCode()).isEqualTo(503);
  }

  private boolean paused() {
    return pool.pool.status().findPause(pool.id).isPresent();
  }

  private int calls() {
    return node.attempts().size();
  }

  @Test
  void a_recovered_provider_is_used_within_two_seconds_instead_of_after_the_pause() {
    causeOutage(PAGE);
    answerWith(GOOD);
    assertThat(node.chat().statusCode()).as("at once").isEqualTo(503);

    pool.clock.tick(Duration.ofSeconds(2));

    assertThat(node.chat().statusCode()).isEqualTo(200);
    assertThat(paused()).isFalse();
    assertThat(node.chat().statusCode()).isEqualTo(200);
  }

  @Test
  void an_answered_trial_from_the_console_also_ends_the_pause() {
    causeOutage(PAGE);
    answerWith(StreamUpstream.json(200, ScriptedUpstream.ok().body()));
    pool.clock.tick(Duration.ofSeconds(2));

    assertThat(node.trial(TestNode.MODEL).answered()).isTrue();

    assertThat(paused()).isFalse();
  }

  @Test
  void failed_trials_do_not_make_the_pause_longer() {
    causeOutage(PAGE);
    Instant end = pool.clock.instant().plusSeconds(30);
    int before = calls();
    for (int seconds = 0; seconds < 16; seconds += 2) {
      pool.clock.tick(Duration.ofSeconds(2));
      assertThat(node.trial(TestNode.MODEL).answered()).isFalse();
    }
    assertThat(calls()).isEqualTo(before + 8);
    assertThat(pool.pool.status().findPause(pool.id).map(PoolPause::until))
        .hasValueSatisfying(until -> assertThat(until).isBefore(end.plusSeconds(1)));
  }

  @Test
  void the_log_of_the_node_says_when_and_why_a_pool_is_paused_and_when_it_is_used_again() {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(KeyJudge.class);
    lines.start();
    log.addAppender(lines);
    try {
      causeOutage(PAGE);
      answerWith(GOOD);
      pool.clock.tick(Duration.ofSeconds(2));
      node.chat();
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            line -> assertThat(line).contains("is paused until").contains("web page"),
            line -> assertThat(line).contains("its pause has ended"));
  }

  @Test
  void a_stream_ends_the_pause_with_its_first_event() throws Exception {
    causeOutage(PAGE);
    answerWith(StreamUpstream.stream("data: {\"choices\":[{\"delta\":{}}]}\n\n"));
    pool.clock.tick(Duration.ofSeconds(2));

    HttpResponse<byte[]> cut = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(TestNode.text(cut)).contains("upstream_truncated");
    assertThat(paused()).isFalse();
  }

  @Test
  void one_request_every_two_seconds_is_sent_while_the_provider_fails() {
    causeOutage(PAGE);
    Instant begun = pool.clock.instant();
    int before = calls();
    for (int seconds = 0; seconds < 16; seconds++) {
      pool.clock.tick(Duration.ofSeconds(1));
      node.chat();
      node.chat();
    }
    assertThat(calls()).isEqualTo(before + 8);
    Instant end = begun.plusSeconds(30);
    assertThat(pool.pool.status().findPause(pool.id).map(PoolPause::until))
        .as("the probes do not make the pause longer")
        .hasValueSatisfying(until -> assertThat(until).isBefore(end.plusSeconds(1)));
  }

  @Test
  void a_refused_client_must_wait_as_long_as_the_outage_has_lasted_but_at_least_5_s() {
    causeOutage(PAGE);
    assertThat(retryAfter()).isEqualTo("5");

    pool.clock.tick(Duration.ofSeconds(12));

    assertThat(retryAfter()).as("a probe that fails").isEqualTo("12");
    assertThat(retryAfter()).isEqualTo("12");
    pool.clock.tick(Duration.ofSeconds(10));
    assertThat(retryAfter()).as("a probe that fails").isEqualTo("8");
    assertThat(retryAfter()).as("until the end of the pause").isEqualTo("8");
    pool.clock.tick(Duration.ofSeconds(9));
    assertThat(retryAfter()).as("begins the next pause").isEqualTo("31");
    assertThat(retryAfter()).as("since the first pause").isEqualTo("31");
  }

  private String retryAfter() {
    var refused = node.chat();
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("x-should-retry")).isEmpty();
    return refused.headers().firstValue("retry-after").orElse("");
  }

  @Test
  void no_request_is_sent_while_the_provider_blocks_this_address() {
    causeOutage(BLOCKED);
    assertThat(retryAfter()).as("the whole pause").isEqualTo("60");
    answerWith(GOOD);

    pool.clock.tick(Duration.ofSeconds(20));

    assertThat(node.chat().statusCode()).isEqualTo(503);
  }

  @Test
  void a_request_to_a_node_that_did_not_begin_the_pause_also_ends_it() {
    answerWith(GOOD);
    Instant until = pool.clock.instant().plusSeconds(600);
    var pause = new PoolPause(until, "Began elsewhere.", PauseCause.PROVIDER_FAILS);
    pool.database.runTx(tx -> pool.pool.status().pausePool(tx, pool.id, pause));
    assertThat(retryAfter()).isEqualTo("5");
    assertThat(calls()).isZero();

    pool.clock.tick(Duration.ofSeconds(2));

    assertThat(node.chat().statusCode()).isEqualTo(200);
    assertThat(paused()).isFalse();
  }

  @Test
  void a_longer_pause_for_another_reason_is_kept() {
    causeOutage(PAGE);
    answerWith(GOOD);
    pool.database.runTx(
        tx ->
            pool.pool
                .status()
                .pausePool(
                    tx,
                    pool.id,
                    new PoolPause(
                        pool.clock.instant().plus(Duration.ofHours(1)),
                        "Refused.",
                        PauseCause.OTHER)));

    pool.clock.tick(Duration.ofSeconds(20));

    assertThat(node.chat().statusCode()).isEqualTo(503);
    assertThat(paused()).isTrue();
  }
}
