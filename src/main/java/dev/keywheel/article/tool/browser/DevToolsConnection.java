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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
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
 * A headless Chromium and its DevTools protocol over two pipes, so that no port is open. Its
 * profile is deleted on close, and its process is killed by handle.
 */
final class DevToolsConnection implements AutoCloseable {
  /**
   * The shell connects its standard input and output to file descriptors 3 and 4 of the browser.
   */
  private static final String HAND_OVER = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";

  private static final List<String> FLAGS =
      List.of(
          "--headless=new",
          "--remote-debugging-pipe",
          "--no-first-run",
          "--disable-gpu",
          "--disable-quic",
          "--disable-extensions",
          "--disable-sync",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-default-apps",
          "--disable-dev-shm-usage",
          "--mute-audio",
          "--no-proxy-server",
          "--host-resolver-rules=MAP * ~NOTFOUND",
          "--window-size=360,640");

  private final Process process;
  private final Path profile;
  private final OutputStream toBrowser;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private volatile @Nullable Consumer<Event> listener;

  /** An event that the browser sends. */
  record Event(String method, JsonNode params, String session) {}

  /** A command was not answered in time, for whatever reason. */
  static final class DevToolsTimeout extends IOException {
    DevToolsTimeout(String method) {
      super(method + " was not answered in time");
    }
  }

  private DevToolsConnection(Process process, Path profile) {
    this.process = process;
    this.profile = profile;
    this.toBrowser = process.getOutputStream();
    Thread.ofVirtual().name("browser-" + process.pid()).start(this::read);
  }

  /**
   * @throws IOException when it cannot be started
   */
  static DevToolsConnection start(Path chromium) throws IOException {
    var profile = Files.createTempDirectory("keywheel-browser");
    var command =
        new java.util.ArrayList<>(List.of("sh", "-c", HAND_OVER, "sh", chromium.toString()));
    command.addAll(FLAGS);
    command.add("--user-data-dir=" + profile);
    if ("root".equals(System.getProperty("user.name"))) {
      // Chromium has no sandbox for root. The policy of the page confines the tool as well.
      command.add("--no-sandbox");
    }
    command.add("about:blank");
    return new DevToolsConnection(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start(),
        profile);
  }

  void listen(Consumer<Event> to) {
    listener = to;
  }

  boolean alive() {
    return process.isAlive();
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @throws DevToolsTimeout when it is not answered in time
   * @throws IOException when the browser refuses it, or has gone
   */
  JsonNode call(String session, String method, Map<String, ?> params, Duration atMost)
      throws IOException {
    long id = ids.incrementAndGet();
    var answer = new CompletableFuture<JsonNode>();
    waiting.put(id, answer);
    try {
      send(id, session, method, params);
      var reply = answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (reply.has("error")) {
        throw new IOException(method + ": " + reply.path("error").path("message").asText());
      }
      return reply.path("result");
    } catch (TimeoutException _) {
      throw new DevToolsTimeout(method);
    } catch (ExecutionException e) {
      throw new IOException("The browser has ended", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted");
    } finally {
      waiting.remove(id);
    }
  }

  /** Sends a command without waiting for the answer. */
  void tell(String session, String method, Map<String, ?> params) {
    try {
      send(ids.incrementAndGet(), session, method, params);
    } catch (IOException _) {
      // The browser has ended; fail the pending commands.
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
    try (InputStream in = new BufferedInputStream(process.getInputStream(), 1 << 16)) {
      var message = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == 0) {
          received(Json.MAPPER.readTree(message.toString(StandardCharsets.UTF_8)));
          message.reset();
        } else {
          message.write(b);
        }
      }
    } catch (IOException _) {
      //
    }
    waiting
        .values()
        .forEach(w -> w.completeExceptionally(new IOException("The browser has ended")));
  }

  private void received(JsonNode message) {
    if (message.has("id")) {
      var answer = waiting.get(message.path("id").asLong());
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

  /** Kills the browser with its children and deletes its profile. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().orTimeout(2, TimeUnit.SECONDS).handle((p, e) -> deleted()).join();
  }

  private boolean deleted() {
    try (var files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
      return true;
    } catch (IOException | java.io.UncheckedIOException _) {
      return false;
    }
  }
}
