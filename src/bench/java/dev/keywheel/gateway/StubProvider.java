package dev.keywheel.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A provider for measurements, in a separate process: answers immediately with 1 kB, or with a
 * stream of events of 180 bytes at intervals of 20 ms, each with the time when it was due.
 */
final class StubProvider {
  static final int EVENTS_PER_SECOND = 50;
  static final int EVENT_BYTES = 180;

  private static final int BACKLOG = 4_096;
  private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(1) / EVENTS_PER_SECOND;
  private static final byte[] MODELS =
      """
      {"data":[{"id":"bench/model","name":"Bench","created":1700000000,"context_length":8000,
      "pricing":{"prompt":"0.000001","completion":"0.000002"},"architecture":{"input_modalities":
      ["text"],"output_modalities":["text"]},"supported_parameters":["tools"]}]}"""
          .getBytes(UTF_8);
  private static final byte[] KEY =
      "{\"data\":{\"label\":\"bench\",\"usage\":0,\"limit\":null,\"is_free_tier\":false}}"
          .getBytes(UTF_8);
  private static final byte[] ANSWER =
      ("{\"id\":\"gen-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench/model\","
              + "\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\""
              + "x".repeat(700)
              + "\"}}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":20,\"total_tokens\":30,\"cost\":0.00005}}")
          .getBytes(UTF_8);
  private static final byte[] END =
      ("data: {\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"bench/model\","
              + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,"
              + "\"completion_tokens\":20,\"total_tokens\":30,\"cost\":0.00005}}\n\ndata: [DONE]\n\n")
          .getBytes(UTF_8);

  private StubProvider() {}

  /** Prints its port. */
  public static void main(String[] args) throws IOException {
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", StubProvider::answer);
    server.start();
    System.out.println(server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      if (path.endsWith("/models")) {
        whole(exchange, MODELS);
      } else if (path.endsWith("/key")) {
        whole(exchange, KEY);
      } else if (body.contains("\"stream\":true")) {
        stream(exchange, events(body));
      } else {
        whole(exchange, ANSWER);
      }
    }
  }

  /** The requested number of events, in the field {@code max_tokens}. */
  private static int events(String body) {
    var tail = body.substring(body.indexOf("\"max_tokens\":") + "\"max_tokens\":".length());
    return Integer.parseInt(tail.replaceFirst("\\D.*", ""));
  }

  private static void whole(HttpExchange exchange, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  private static void stream(HttpExchange exchange, int events) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    long due = System.nanoTime();
    for (int i = 0; i < events; i++) {
      due += BETWEEN_NANOS;
      LockSupport.parkNanos(due - System.nanoTime());
      out.write(event(System.currentTimeMillis()));
      out.flush();
    }
    out.write(END);
    out.flush();
  }

  private static byte[] event(long millis) {
    var head =
        "data: {\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@"
            + millis
            + "@";
    var tail = "\"}}]}\n\n";
    return (head + "x".repeat(Math.max(0, EVENT_BYTES - head.length() - tail.length())) + tail)
        .getBytes(UTF_8);
  }
}
