package dev.keywheel.sandbox.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Writes answers, including those that are cut off or never arrive. */
final class ResponseWriter {

  /** Minutes after which a call without an answer ends, longer than any client waits. */
  private static final int LONGEST_SILENCE_MINUTES = 10;

  private static final Duration COMMENT_INTERVAL = Duration.ofSeconds(1);
  private static final Duration ENDLESS_PACE = Duration.ofMillis(20);

  private ResponseWriter() {}

  /**
   * Whether the Host header names a loopback address; protects against DNS rebinding by web pages.
   */
  static boolean isForLoopback(HttpExchange exchange) {
    var host = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Host")).orElse("");
    return host.matches("(127\\.0\\.0\\.1|localhost|\\[::1])(:\\d+)?");
  }

  static int status(SandboxResponse reply) {
    return switch (reply) {
      case SandboxResponse.Whole whole -> whole.status();
      case SandboxResponse.Events _, SandboxResponse.Broken _ -> 200;
      case SandboxResponse.Silence _ -> 0;
    };
  }

  /**
   * @param pace pause before each event of a stream
   */
  static void write(
      HttpExchange exchange, SandboxResponse reply, Duration pace, CountDownLatch closed)
      throws IOException, InterruptedException {
    switch (reply) {
      case SandboxResponse.Whole whole -> whole(exchange, whole);
      case SandboxResponse.Events events -> events(exchange, events, pace, closed);
      case SandboxResponse.Broken broken -> broken(exchange, broken);
      case SandboxResponse.Silence _ -> closed.await(LONGEST_SILENCE_MINUTES, TimeUnit.MINUTES);
    }
  }

  private static void whole(HttpExchange exchange, SandboxResponse.Whole whole) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", whole.type());
    whole.headers().forEach(headers::set);
    exchange.sendResponseHeaders(
        whole.status(), whole.body().length == 0 ? -1 : whole.body().length);
    exchange.getResponseBody().write(whole.body());
  }

  private static void events(
      HttpExchange exchange, SandboxResponse.Events events, Duration pace, CountDownLatch closed)
      throws IOException, InterruptedException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", "text/event-stream");
    headers.set("Cache-Control", "no-cache");
    events.headers().forEach(headers::set);
    exchange.sendResponseHeaders(200, length(events));
    for (var event : events.events()) {
      if (closedWithin(
          events.fault().equals("comments") && isComment(event) ? COMMENT_INTERVAL : pace,
          closed)) {
        return;
      }
      send(exchange, event);
    }
    if (events.end() == SandboxResponse.End.ENDLESS) {
      var repeated = events.events().get(Math.max(0, events.events().size() - 4));
      while (!closedWithin(pace.isPositive() ? pace : ENDLESS_PACE, closed)) {
        send(exchange, repeated);
      }
    }
  }

  /** The declared length; 0 means chunks. A cut stream declares one byte too many. */
  private static long length(SandboxResponse.Events events) {
    return events.end() == SandboxResponse.End.CUT
        ? events.events().stream().mapToLong(e -> e.getBytes(UTF_8).length).sum() + 1
        : 0;
  }

  private static boolean isComment(String event) {
    return event.startsWith(":");
  }

  private static void send(HttpExchange exchange, String event) throws IOException {
    exchange.getResponseBody().write(event.getBytes(UTF_8));
    exchange.getResponseBody().flush();
  }

  /** Waits; true when the sandbox was closed within this time. */
  private static boolean closedWithin(Duration wait, CountDownLatch closed)
      throws InterruptedException {
    return closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Declares the length of the whole body but sends only a part; closing the exchange ends the
   * connection.
   */
  private static void broken(HttpExchange exchange, SandboxResponse.Broken broken)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, broken.body().length);
    exchange.getResponseBody().write(broken.body(), 0, broken.sent());
    exchange.getResponseBody().flush();
  }
}
