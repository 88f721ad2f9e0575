package dev.keywheel.gateway.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.support.TestPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Tests of exchanges with one node whose timeouts the test sets. The nodes of a class use one
 * database after another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExchangesWithNode {
  static final Duration LONG = Duration.ofSeconds(60);
  static final Duration SHORT = Duration.ofMillis(300);

  /** The time until the status and between keep-alive comments, for tests that wait for one. */
  static final Duration STATUS_HOLD = Duration.ofMillis(50);

  @AutoClose private final TestPool pool = new TestPool();

  /** Counted down at the end of the test, for providers that never finish. */
  CountDownLatch over = new CountDownLatch(1);

  private @Nullable TestNode started;

  @BeforeEach
  final void prepare() {
    over = new CountDownLatch(1);
  }

  @AfterEach
  final void stop() {
    over.countDown();
    if (started != null) {
      started.close();
      started = null;
    }
  }

  final TestNode node(GatewayTimeouts timeouts) {
    return node(timeouts, Duration.ofSeconds(10));
  }

  final TestNode node(GatewayTimeouts timeouts, Duration finishWithin) {
    TestNode node = new TestNode(pool, timeouts, finishWithin, provider -> provider);
    node.pool.add(2);
    started = node;
    return node;
  }

  static GatewayTimeouts patient() {
    return TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG);
  }

  static HttpResponse<InputStream> begin(TestNode node, String body) {
    return begin(node, "/v1/chat/completions", body);
  }

  static HttpResponse<InputStream> begin(TestNode node, String path, String body) {
    return begin(node, node.request(path).POST(BodyPublishers.ofString(body)).build());
  }

  static HttpResponse<InputStream> begin(TestNode node, HttpRequest request) {
    try {
      return node.http.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Reads until this text has arrived. */
  static String read(InputStream in, String until) {
    var text = new ByteArrayOutputStream();
    try {
      while (!text.toString(UTF_8).endsWith(until)) {
        int next = in.read();
        if (next < 0) {
          throw new AssertionError("ended after " + text.toString(UTF_8));
        }
        text.write(next);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString(UTF_8);
  }

  static String rest(InputStream in) {
    try {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
