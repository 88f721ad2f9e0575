package dev.keywheel.web.security;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.support.Await;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.server.Routes;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnonymousLimiterTest {
  private static final int SLOTS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

  /**
   * A few more than there are slots, so that even on a slow machine the last request gets its slot
   * before its time limit ends.
   */
  private static final int STRANGERS = SLOTS + 5;

  private static final int LONG_MILLIS = 60_000;
  private static final String CONTINUE = "HTTP/1.1 100 Continue";

  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @AutoClose
  private final WebApp app =
      WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of(this::screen));

  private void screen(Routes routes) {
    routes.get("/text", RequiredRole.VIEWER, ctx -> ctx.result("text"));
    routes.get(
        "/work",
        RequiredRole.ANYONE,
        ctx -> {
          most.accumulateAndGet(working.incrementAndGet(), Math::max);
          gate.await();
          working.decrementAndGet();
          ctx.result("done");
        });
  }

  @AfterEach
  void stop() {
    gate.countDown();
  }

  @Test
  void clients_without_a_session_do_not_delay_users()
      throws InterruptedException, ExecutionException {
    var user = app.browser(app.admin());
    var answers = new ArrayList<Future<Integer>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < STRANGERS; i++) {
        answers.add(threads.submit(() -> app.browser().status("/work")));
      }
      Await.until("anonymous requests are in progress", () -> working.get() == SLOTS);
      assertThat(user.get("/text").body()).isEqualTo("text");
      assertThat(app.browser().get("/healthz").status()).isEqualTo(200);
      gate.countDown();
    }
    for (var answer : answers) {
      assertThat(answer.get()).isEqualTo(200);
    }
    assertThat(most.get()).isEqualTo(SLOTS);
  }

  /** All are refused before or without a handler, except the report of a browser. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a%00b HTTP/1.1~Host: localhost~~",
        "GET /login HTTP/1.1~Host: localhost~Host: other~~",
        "GET /login HTTP/1.1~Host: other.example~Connection: close~~",
        "PROPFIND /login HTTP/1.1~Host: localhost~Connection: close~~",
        "GET /text HTTP/1.1~Host: localhost~Cookie: sid=of-no-session~Connection: close~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 2~Connection: close~~{}",
      })
  void refused_requests_wait_for_a_slot_and_users_do_not_wait_for_them(String request)
      throws Exception {
    var user = app.browser(app.admin());
    var refused = new ArrayList<Future<RawHttp.Replies>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Closeable _ = gate::countDown) {
      for (int i = 0; i < SLOTS; i++) {
        threads.submit(() -> app.browser().status("/work"));
      }
      Await.until("anonymous requests are in progress", () -> working.get() == SLOTS);
      for (int i = 0; i < STRANGERS; i++) {
        refused.add(
            threads.submit(
                () -> RawHttp.exchange(app.url(), request.replace("~", "\r\n"), LONG_MILLIS)));
      }
      Await.until("all wait", () -> app.anonymousSlots().waiting() == STRANGERS);
      assertThat(user.get("/text").body()).isEqualTo("text");
      assertThat(refused).noneMatch(Future::isDone);
    }
    for (var answer : refused) {
      assertThat(answer.get().statuses()).hasSize(1).isSubsetOf(400, 421, 405, 303, 204);
    }
  }

  @Test
  void a_client_without_a_session_and_without_a_slot_gets_one_sentence() throws IOException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Closeable _ = threads::shutdownNow) {
      for (int i = 0; i < SLOTS + AnonymousSlots.MAX_WAITING; i++) {
        threads.submit(this::waitForSlot);
      }
      Await.until("all wait", () -> app.anonymousSlots().waiting() == AnonymousSlots.MAX_WAITING);

      for (var path : List.of("/login", "/nowhere")) {
        var answer = app.browser().get(path);
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("Content-Type")).contains("text/plain;charset=utf-8");
        assertThat(answer.header("Retry-After")).contains("10");
        assertThat(answer.body()).isEqualTo(AnonymousLimiter.TOO_MANY);
      }
    }
  }

  private Void waitForSlot() throws InterruptedException {
    while (!app.anonymousSlots().acquire()) { // acquire() times out
      Thread.onSpinWait();
    }
    return null;
  }

  @Test
  void in_a_flood_a_slot_is_blocked_in_proportion_to_its_use() {
    assertThat(AnonymousSlots.restAfter(Duration.ofMillis(5))).isEqualTo(Duration.ofMillis(20));
    assertThat(AnonymousSlots.restAfter(Duration.ofSeconds(9))).isEqualTo(Duration.ofMillis(200));
    assertThat(AnonymousSlots.restAfter(Duration.ZERO))
        .as("after a refusal")
        .isEqualTo(Duration.ofMillis(4));
  }

  @Test
  void a_slow_body_holds_no_slot() throws IOException {
    var slow = new ArrayList<Socket>();
    try {
      for (int i = 0; i < STRANGERS; i++) {
        slow.add(new Socket(InetAddress.getLoopbackAddress(), URI.create(app.url()).getPort()));
        slow.getLast()
            .getOutputStream()
            .write(
                ("POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\n"
                        + "Content-Length: 60000\r\nExpect: 100-continue\r\n\r\n")
                    .getBytes(US_ASCII));
        slow.getLast().setSoTimeout(LONG_MILLIS);
        assertThat(slow.getLast().getInputStream().readNBytes(CONTINUE.length()))
            .as("the server waits for the body")
            .asString(US_ASCII)
            .isEqualTo(CONTINUE);
      }
      assertThat(app.browser().get("/login").status()).isEqualTo(200);
    } finally {
      for (var socket : slow) {
        socket.close();
      }
    }
  }
}
