package dev.keywheel.article.tool.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.db.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a browser by the DevTools protocol, over two pipes, so that no port is open.
 * Closing the connection ends the browser.
 */
final class DevToolsConnection implements AutoCloseable {
  /** Maximum size of a message in bytes. A larger one, such as a logged text, ends the browser. */
  private static final int MAX_MESSAGE = 16 << 20;

  private final BrowserProcess process;
  private final Duration commandTimeout;
  private final OutputStream toBrowser;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();
  private volatile @Nullable Consumer<Event> listener;
  private volatile boolean sentTooMuch;

  record Event(String method, JsonNode params, String session) {}

  /** A command was not answered in time; the cause is unknown. */
  static final class DevToolsTimeout extends IOException {
    DevToolsTimeout(String method) {
      super(method + " was not answered in time");
    }
  }

  /**
   * @param commandTimeout how long to wait for the answer to a command
   */
  DevToolsConnection(BrowserProcess process, Duration commandTimeout) {
    this.process = process;
    this.commandTimeout = commandTimeout;
    this.toBrowser = process.in();
    Thread.ofVirtual().name("browser-" + process.pid()).start(this::read);
  }

  BrowserProcess process() {
    return process;
  }

  Duration commandTimeout() {
    return commandTimeout;
  }

  void listen(Consumer<Event> to) {
    listener = to;
  }

  boolean alive() {
    return process.alive();
  }

  /** Whether the browser was ended because of a message that was too large. */
  boolean sentTooMuch() {
    return sentTooMuch;
  }

  /** Completed when the browser has ended. */
  CompletableFuture<Boolean> end() {
    return end;
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @throws DevToolsTimeout when the command is not answered in time
   * @throws IOException when the browser rejects the command or has ended, or on an interrupt
   */
  JsonNode call(String session, String method, Map<String, ?> params) throws IOException {
    long id = ids.incrementAndGet();
    var answer = new CompletableFuture<JsonNode>();
    pending.put(id, answer);
    try {
      sendOrExplain(id, session, method, params);
      var reply = answer.get(commandTimeout.toMillis(), TimeUnit.MILLISECONDS);
      if (reply.has("error")) {
        throw new IOException(method + ": " + reply.path("error").path("message").asText());
      }
      return reply.path("result");
    } catch (TimeoutException _) {
      throw new DevToolsTimeout(method);
    } catch (ExecutionException e) {
      throw ended(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted");
    } finally {
      pending.remove(id);
    }
  }

  private void sendOrExplain(long id, String session, String method, Map<String, ?> params)
      throws IOException {
    try {
      send(id, session, method, params);
    } catch (IOException e) {
      throw ended(e);
    }
  }

  private IOException ended(Exception e) {
    var lastOutput = process.errorLine();
    return new IOException("it ended" + (lastOutput.isEmpty() ? "" : ": " + lastOutput), e);
  }

  /** Sends a command without waiting for the answer. */
  void send(String session, String method, Map<String, ?> params) {
    try {
      send(ids.incrementAndGet(), session, method, params);
    } catch (IOException _) {
      // The browser has ended, and the reading thread fails the pending commands.
    }
  }

  private synchronized void send(long id, String session, String method, Map<String, ?> params)
      throws IOException {
    ObjectNode message = Json.MAPPER.createObjectNode();
    message.put("id", id);
    message.put("method", method);
    message.set("params", Json.MAPPER.valueToTree(params));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    toBrowser.write(Json.MAPPER.writeValueAsBytes(message));
    toBrowser.write(0);
    toBrowser.flush();
  }

  private void read() {
    try (InputStream in = new BufferedInputStream(process.out(), 1 << 16)) {
      var message = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == 0) {
          received(Json.MAPPER.readTree(message.toString(StandardCharsets.UTF_8)));
          message.reset();
        } else if (message.size() < MAX_MESSAGE) {
          message.write(b);
        } else {
          sentTooMuch = true;
          process.kill();
          break;
        }
      }
    } catch (IOException _) {
      // The browser has ended.
    } finally {
      end.complete(true);
      pending
          .values()
          .forEach(w -> w.completeExceptionally(new IOException("The browser has ended")));
    }
  }

  private void received(JsonNode message) {
    if (message.has("id")) {
      var answer = pending.get(message.path("id").asLong());
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    var to = listener;
    if (to != null) {
      to.accept(
          new Event(
              message.path("method").asText(),
              message.path("params"),
              message.path("sessionId").asText()));
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
