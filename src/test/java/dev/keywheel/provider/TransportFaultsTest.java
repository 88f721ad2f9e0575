package dev.keywheel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.CheckOutcome.Inconclusive;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.LiveThreads;
import dev.keywheel.support.TestClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of real connections; no fault leaves a thread or a connection open. */
@Tag("full")
@Timeout(60)
class TransportFaultsTest {
  private static final Secret KEY = Secret.of("sk-or-v1-0123456789abcdef");
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String KEY_DATA = "{\"data\":{\"label\":\"k\",\"is_free_tier\":true}}";
  private static final String PARIS =
      "{\"id\":\"gen-1\",\"model\":\"m\",\"choices\":[{\"finish_reason\":\"stop\","
          + "\"message\":{\"content\":\"Paris\"}}]}";

  @Test
  void a_complete_answer_is_read_whether_chunked_or_ended_by_the_connection() throws Exception {
    for (ScriptedServer.Script script :
        List.<ScriptedServer.Script>of(
            connection ->
                connection.json(200, connection.request().startsWith("GET") ? KEY_DATA : PARIS),
            connection ->
                sendInChunks(connection, connection.request().startsWith("GET") ? KEY_DATA : PARIS),
            connection ->
                connection.send(
                    "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
                        + (connection.request().startsWith("GET") ? KEY_DATA : PARIS)),
            connection -> {
              connection.send("HTTP/1.1 100 Continue\r\n\r\n");
              connection.json(200, connection.request().startsWith("GET") ? KEY_DATA : PARIS);
            })) {
      try (var server = new ScriptedServer(script);
          var provider = at(server.base())) {
        var works = (Accepted) provider.check(KEY, LONG);
        assertThat(works.facts().freeTier()).isTrue();
        assertThat(((Answer) chat(provider, LONG)).text()).isEqualTo("Paris");
      }
    }
  }

  @Test
  void an_answer_that_a_proxy_compressed_is_read_and_is_cut_without_its_end() throws Exception {
    try (var server =
            new ScriptedServer(
                connection ->
                    sendPacked(
                        connection, connection.request().startsWith("GET") ? KEY_DATA : PARIS, 0));
        var provider = at(server.base())) {
      assertThat(provider.check(KEY, LONG)).isInstanceOf(Accepted.class);
      assertThat(((Answer) chat(provider, LONG)).text()).isEqualTo("Paris");
    }
    try (var server = new ScriptedServer(connection -> sendPacked(connection, PARIS, 12));
        var provider = at(server.base())) {
      assertThat(((Transient) chat(provider, LONG)).kind()).isEqualTo(TransientKind.CUT);
    }
  }

  private static void sendPacked(ScriptedServer.Connection connection, String body, int missing)
      throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(body.getBytes(StandardCharsets.UTF_8));
    }
    int length = packed.size() - missing;
    connection.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            + "Content-Length: "
            + length
            + "\r\n\r\n");
    connection.send(Arrays.copyOf(packed.toByteArray(), length));
  }

  @Test
  void a_call_to_a_server_that_hangs_ends_at_the_deadline() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::hang);
        var provider = at(server.base())) {
      assertEndsInTime(() -> assertThat(chat(provider, SHORT)).isInstanceOf(TimedOut.class));
      assertEndsInTime(() -> assertInconclusive("timeout", provider.check(KEY, SHORT)));
      Await.until("the connections are closed", () -> server.open() == 0);
    }
  }

  @Test
  void a_call_to_a_server_that_sends_byte_by_byte_ends_at_the_deadline() throws Exception {
    ScriptedServer.Script drip =
        connection -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
          while (true) {
            connection.send("\n");
            LockSupport.parkNanos(5_000_000);
          }
        };
    try (var server = new ScriptedServer(drip);
        var provider = at(server.base())) {
      assertEndsInTime(
          () -> {
            var outcome = (TimedOut) chat(provider, SHORT);
            assertThat(outcome.evidence().rule()).isEqualTo("R30 only keep-alive");
          });
      assertEndsInTime(() -> assertInconclusive("timeout", provider.check(KEY, SHORT)));
      Await.until("the connections are closed", () -> server.open() == 0);
    }
  }

  @Test
  void a_call_to_a_server_that_sends_headers_byte_by_byte_ends_at_the_deadline() throws Exception {
    ScriptedServer.Script drip =
        connection -> {
          connection.send("HTTP/1.1 200 OK\r\n");
          for (int i = 0; true; i++) {
            connection.send("X-Drip-" + i + ": 1\r\n");
            LockSupport.parkNanos(5_000_000);
          }
        };
    try (var server = new ScriptedServer(drip);
        var provider = at(server.base())) {
      assertEndsInTime(() -> assertThat(chat(provider, SHORT)).isInstanceOf(TimedOut.class));
      assertEndsInTime(() -> assertInconclusive("timeout", provider.check(KEY, SHORT)));
      Await.until("the connections are closed", () -> server.open() == 0);
    }
  }

  @Test
  void a_status_counts_even_when_its_body_never_ends() throws Exception {
    ScriptedServer.Script half =
        connection -> {
          connection.send("HTTP/1.1 401 X\r\nContent-Type: application/json\r\n\r\n{\"err");
          connection.hang();
        };
    try (var server = new ScriptedServer(half);
        var provider = at(server.base())) {
      assertThat(chat(provider, SHORT)).isInstanceOf(CallOutcome.KeySuspect.class);
      assertThat(provider.check(KEY, SHORT)).isInstanceOf(CheckOutcome.Unauthorized.class);
    }
  }

  @Test
  void a_reset_before_or_during_an_answer_is_transient() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::reset);
        var provider = at(server.base())) {
      assertThat(((Transient) chat(provider, LONG)).kind()).isEqualTo(TransientKind.RESET);
      assertInconclusive("network", provider.check(KEY, LONG));
    }
    ScriptedServer.Script within =
        connection -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":");
          connection.reset();
        };
    try (var server = new ScriptedServer(within);
        var provider = at(server.base())) {
      assertThat(((Transient) chat(provider, LONG)).kind()).isEqualTo(TransientKind.CUT);
      assertInconclusive("cut", provider.check(KEY, LONG));
    }
  }

  @Test
  void the_client_does_not_repeat_a_post_that_was_reset() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::reset);
        var provider = at(server.base())) {
      chat(provider, LONG);
      assertThat(server.requests().size()).isEqualTo(1);
    }
  }

  @Test
  void a_short_body_and_a_broken_chunk_are_truncated_answers() throws Exception {
    for (String answer :
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"id\":\"gen-1\"",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"id\":\"g",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")) {
      try (var server = new ScriptedServer(connection -> connection.send(answer));
          var provider = at(server.base())) {
        assertThat(((Transient) chat(provider, LONG)).kind()).isEqualTo(TransientKind.CUT);
        assertInconclusive("cut", provider.check(KEY, LONG));
      }
    }
  }

  @Test
  void a_huge_answer_is_aborted_at_the_limit() throws Exception {
    ScriptedServer.Script endless =
        connection -> {
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"choices\":[\"");
          var block = "x".repeat(64 << 10);
          while (true) {
            connection.send(block);
          }
        };
    try (var server = new ScriptedServer(endless);
        var provider = at(server.base())) {
      var outcome = (ModelError) chat(provider, LONG);
      assertThat(outcome.kind()).isEqualTo(ModelErrorKind.TOO_BIG);
      assertThat(outcome.raw().length).isEqualTo(2 << 20);
      assertInconclusive("too_big", provider.check(KEY, LONG));
      Await.until("the connections are closed", () -> server.open() == 0);
    }
  }

  @Test
  void a_redirect_is_not_followed() throws Exception {
    try (var elsewhere = new ScriptedServer(connection -> connection.json(200, PARIS));
        var server =
            new ScriptedServer(
                connection ->
                    connection.send(
                        "HTTP/1.1 307 X\r\nLocation: "
                            + elsewhere.base()
                            + "\r\nContent-Length: 0\r\n\r\n"));
        var provider = at(server.base())) {
      assertThat(((Unreachable) chat(provider, LONG)).kind()).isEqualTo(UnreachableKind.REDIRECT);
      assertInconclusive("html", provider.check(KEY, LONG));
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void an_html_page_instead_of_an_answer_is_a_wrong_address() throws Exception {
    try (var server =
            new ScriptedServer(
                connection -> connection.answer(200, "text/html", "<!DOCTYPE html><p>Hello"));
        var provider = at(server.base())) {
      assertThat(((Unreachable) chat(provider, LONG)).kind())
          .isEqualTo(UnreachableKind.HTML_ANSWER);
      assertInconclusive("html", provider.check(KEY, LONG));
    }
  }

  @Test
  void a_refused_connection_and_an_unknown_host_are_distinguished() throws Exception {
    try (var provider = at(URI.create("http://127.0.0.1:1/api/v1"))) {
      assertThat(((Unreachable) chat(provider, LONG)).kind()).isEqualTo(UnreachableKind.REFUSED);
      assertInconclusive("network", provider.check(KEY, LONG));
    }
    try (var provider = at(URI.create("http://no-such-host.invalid/api/v1"))) {
      assertThat(((Unreachable) chat(provider, LONG)).kind()).isEqualTo(UnreachableKind.DNS);
      var check = provider.check(KEY, LONG);
      assertInconclusive("network", check);
      assertThat(check.evidence().seen()).isEqualTo("the host name is unknown");
    }
  }

  @Test
  void an_interrupt_ends_a_call_at_once_and_stays_set() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::hang);
        var provider = at(server.base());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> chat =
          threads.submit(
              () -> {
                assertThat(chat(provider, LONG)).isInstanceOf(TimedOut.class);
                return Thread.currentThread().isInterrupted();
              });
      Future<Boolean> check =
          threads.submit(
              () -> {
                assertInconclusive("timeout", provider.check(KEY, LONG));
                return Thread.currentThread().isInterrupted();
              });
      Await.until("both have sent their request", () -> server.requests().size() == 2);
      threads.shutdownNow();
      assertThat(chat.get()).isTrue();
      assertThat(check.get()).isTrue();
    }
  }

  @Test
  void five_hundred_concurrent_checks_use_few_platform_threads_and_leave_no_connection()
      throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::hang);
        var provider = at(server.base());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      provider.check(KEY, SHORT);
      int before = ManagementFactory.getThreadMXBean().getThreadCount();
      var checks =
          IntStream.range(0, 500)
              .mapToObj(i -> threads.submit(() -> provider.check(KEY, LONG)))
              .toList();
      Await.until("all have sent their request", () -> server.requests().size() == 501);
      int during = ManagementFactory.getThreadMXBean().getThreadCount();
      assertThat(during - before < 20)
          .as(before + " threads before, " + during + " during")
          .isTrue();
      threads.shutdownNow();
      for (Future<CheckOutcome> check : checks) {
        assertInconclusive("timeout", check.get());
      }
      Await.until("the connections are closed", () -> server.open() == 0);
    }
  }

  @Test
  void fifty_abandoned_calls_leave_no_thread_and_no_connection() throws Exception {
    try (var server = new ScriptedServer(ScriptedServer.Connection::hang);
        var provider = at(server.base());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      chat(provider, SHORT);
      int before = LiveThreads.count();
      var calls =
          IntStream.range(0, 50)
              .mapToObj(i -> threads.submit(() -> chat(provider, SHORT)))
              .toList();
      for (Future<CallOutcome> call : calls) {
        assertThat(call.get()).isInstanceOf(TimedOut.class);
      }
      Await.until("the connections are closed", () -> server.open() == 0);
      Await.until("the threads have ended", () -> LiveThreads.count() - before < 20);
    }
  }

  private static void sendInChunks(ScriptedServer.Connection connection, String body)
      throws IOException {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < body.length(); i += 7) {
      String piece = body.substring(i, Math.min(body.length(), i + 7));
      connection.send(Integer.toHexString(piece.length()) + ";x=1\r\n" + piece + "\r\n");
    }
    connection.send("0\r\n\r\n");
  }

  private static OpenRouter at(URI base) {
    return new OpenRouter(
        "openrouter", "OpenRouter", base, URI.create("http://127.0.0.1:8080"), new TestClock());
  }

  private static CallOutcome chat(OpenRouter provider, Duration deadline) {
    var message = new ChatMessage(MessageRole.USER, "Capital of France?");
    var format = new ReplyFormat.Text();
    return provider.chat(KEY, new ChatRequest("m", List.of(message), 64, 0, format, deadline));
  }

  private static void assertInconclusive(String kind, CheckOutcome outcome) {
    assertThat(((Inconclusive) outcome).reason().code()).isEqualTo(kind);
  }

  private static void assertEndsInTime(Runnable call) {
    long start = System.nanoTime();
    call.run();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT.minusMillis(10), LONG);
  }
}
