package dev.keywheel.sandbox;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Puts an answer on the wire. */
final class Outgoing {

  /** Nobody waits longer, and a thread for each caller that has gone should not stay for ever. */
  private static final int LONGEST_SILENCE_MINUTES = 10;

  private Outgoing() {}

  /**
   * Whether the request names loopback as its host, which a web page that was tricked into asking
   * cannot.
   */
  static boolean askedOnLoopback(HttpExchange exchange) {
    var host = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Host")).orElse("");
    return host.matches("(127\\.0\\.0\\.1|localhost|\\[::1])(:\\d+)?");
  }

  static int status(Reply reply) {
    return switch (reply) {
      case Reply.Whole whole -> whole.status();
      case Reply.Events _, Reply.Broken _ -> 200;
      case Reply.Silence _ -> 0;
    };
  }

  static void write(HttpExchange exchange, Reply reply, CountDownLatch closed)
      throws IOException, InterruptedException {
    switch (reply) {
      case Reply.Whole whole -> whole(exchange, whole);
      case Reply.Events events -> events(exchange, events);
      case Reply.Broken broken -> broken(exchange, broken);
      case Reply.Silence _ -> closed.await(LONGEST_SILENCE_MINUTES, TimeUnit.MINUTES);
    }
  }

  private static void whole(HttpExchange exchange, Reply.Whole whole) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", whole.type());
    whole.headers().forEach(headers::set);
    exchange.sendResponseHeaders(
        whole.status(), whole.body().length == 0 ? -1 : whole.body().length);
    exchange.getResponseBody().write(whole.body());
  }

  private static void events(HttpExchange exchange, Reply.Events events) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", "text/event-stream");
    headers.set("Cache-Control", "no-cache");
    events.headers().forEach(headers::set);
    exchange.sendResponseHeaders(200, 0);
    for (var event : events.events()) {
      exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
    }
  }

  /** Promises the whole body, sends a part of it; closing the exchange then ends the connection. */
  private static void broken(HttpExchange exchange, Reply.Broken broken) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, broken.body().length);
    exchange.getResponseBody().write(broken.body(), 0, broken.sent());
    exchange.getResponseBody().flush();
  }
}
