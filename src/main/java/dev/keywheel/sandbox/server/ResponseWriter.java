package dev.keywheel.sandbox.server;

import com.sun.net.httpserver.HttpExchange;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Writes answers to the connection. */
final class ResponseWriter {

  /** Longer than any client waits; bounds the threads of callers that have gone. */
  private static final int LONGEST_SILENCE_MINUTES = 10;

  private ResponseWriter() {}

  /** Whether the Host header names loopback; protects against DNS rebinding from web pages. */
  static boolean askedOnLoopback(HttpExchange exchange) {
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

  static void write(HttpExchange exchange, SandboxResponse reply, CountDownLatch closed)
      throws IOException, InterruptedException {
    switch (reply) {
      case SandboxResponse.Whole whole -> whole(exchange, whole);
      case SandboxResponse.Events events -> events(exchange, events);
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

  private static void events(HttpExchange exchange, SandboxResponse.Events events)
      throws IOException {
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

  /** Announces the whole body and sends a part; closing the exchange then ends the connection. */
  private static void broken(HttpExchange exchange, SandboxResponse.Broken broken)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, broken.body().length);
    exchange.getResponseBody().write(broken.body(), 0, broken.sent());
    exchange.getResponseBody().flush();
  }
}
