package dev.keywheel.recovery.batch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.keywheel.support.Canary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A provider on a loopback port that answers key checks, on raw sockets, as the key specifies: the
 * word after the last dash is its behaviour; see {@link #answer}. Counts concurrent connections,
 * and requests other than key checks.
 */
public final class Upstream implements AutoCloseable {
  private final ServerSocket listening;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger high = new AtomicInteger();
  private final AtomicInteger checks = new AtomicInteger();
  private final AtomicInteger others = new AtomicInteger();
  private final Object holding = new Object();
  private int heldUntil;
  private boolean holdsAll;
  private int atMost = Integer.MAX_VALUE;
  private int answered;

  Upstream() {
    try {
      listening = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    threads.execute(this::accept);
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/api/v1");
  }

  /** Holds all answers until this many checks are open at the same time. */
  public void answerWhenOpen(int checks) {
    synchronized (holding) {
      heldUntil = checks;
    }
  }

  /** Holds all answers until {@link #release}. */
  public void hold() {
    synchronized (holding) {
      holdsAll = true;
    }
  }

  /** Sends this number of answers, and holds further ones until {@link #release}. */
  public void answerAtMost(int answers) {
    synchronized (holding) {
      atMost = answers;
    }
  }

  public void release() {
    synchronized (holding) {
      holdsAll = false;
      atMost = Integer.MAX_VALUE;
      holding.notifyAll();
    }
  }

  public int open() {
    return open.get();
  }

  /** The highest number of checks that were open at the same time. */
  public int high() {
    return high.get();
  }

  public int checks() {
    return checks.get();
  }

  /** Requests that were not key checks. */
  public int others() {
    return others.get();
  }

  public int requestsOf(String key) {
    return requests.getOrDefault(key, new AtomicInteger()).get();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        var socket = listening.accept();
        sockets.add(socket);
        threads.execute(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      var request = in.readLine();
      String key = "";
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("authorization: bearer ")) {
          key = line.substring("authorization: bearer ".length());
        } else {
          Canary.watchRequest(line);
        }
      }
      if (request == null) {
        return;
      }
      if (!request.startsWith("GET /api/v1/key ")) {
        others.incrementAndGet();
      }
      checks.incrementAndGet();
      int time = requests.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
      high.accumulateAndGet(open.incrementAndGet(), Math::max);
      String behaviour = key.substring(key.lastIndexOf('-') + 1);
      boolean atOnce =
          behaviour.equals("ok"); // the client may send its next request before answer() returns
      try {
        waitForOthers();
        if (atOnce) {
          open.decrementAndGet();
        }
        answer(socket, behaviour, time);
      } finally {
        if (!atOnce) {
          open.decrementAndGet();
        }
      }
    } catch (IOException | InterruptedException over) {
      // The client closed the connection, or the test has ended.
    } finally {
      sockets.remove(socket);
    }
  }

  private void waitForOthers() throws InterruptedException {
    synchronized (holding) {
      holding.notifyAll();
      while (holdsAll || high.get() < heldUntil || answered >= atMost) {
        holding.wait();
      }
      answered++;
    }
  }

  private void answer(Socket socket, String behaviour, int time)
      throws IOException, InterruptedException {
    var out = socket.getOutputStream();
    switch (behaviour) {
      case "ok" -> json(out, "200 OK", good("null"));
      case "spent" -> json(out, "200 OK", good("0"));
      case "bad" -> json(out, "401 Unauthorized", unauthorized());
      case "unstorable" ->
          json(
              out,
              "401 Unauthorized",
              "{\"error\":{\"message\":\"bad \\u0000 nul, half \\ud83d a pair\",\"code\":401}}");
      case "odd" ->
          json(
              out,
              "200 OK",
              good("null")
                  .replace(
                      "{\"label\":\"",
                      "{\"creator_user_id\":\"user\\u0000\\udc00_1\",\"label\":\"\\u0000\\ud83d"));
      case "flap" ->
          json(
              out,
              time == 1 ? "401 Unauthorized" : "200 OK",
              time == 1 ? unauthorized() : good("null"));
      case "slow" -> {
        if (time == 1) {
          json(
              out,
              "429 Too Many Requests\r\nRetry-After: 3",
              "{\"error\":{\"code\":429,\"message\":\"Slow down\"}}");
        } else {
          json(out, "200 OK", good("null"));
        }
      }
      case "later" ->
          json(
              out,
              "429 Too Many Requests\r\nRetry-After: 90",
              "{\"error\":{\"code\":429,\"message\":\"Slow down\"}}");
      case "down" ->
          json(out, "503 Service Unavailable", "{\"error\":{\"code\":503,\"message\":\"Down\"}}");
      case "blocked" ->
          write(
              out,
              "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype html><title>Error 1020</title>");
      case "html" ->
          write(
              out,
              "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype html><title>Hello</title>");
      case "redirect" ->
          write(
              out,
              "HTTP/1.1 302 Found\r\nLocation: "
                  + base()
                  + "/elsewhere\r\nContent-Length: 0\r\n\r\n");
      case "reset" -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\"");
        socket.setSoLinger(true, 0);
      }
      case "short" ->
          write(
              out,
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{");
      case "garbage" -> write(out, "\u0016\u0003\u0001 this is not HTTP\r\n\r\n");
      case "huge" -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[");
        for (int i = 0; i < 1_000; i++) {
          write(out, "1,".repeat(5_000)); // ten megabytes, if the client reads them
        }
      }
      case "drip" -> {
        write(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 100_000; i++) {
          write(out, " ");
          LockSupport.parkNanos(20_000_000);
        }
      }
      default -> { // hangs until the client gives up
        while (socket.getInputStream().read() >= 0) {}
      }
    }
  }

  private static String good(String remaining) {
    var limit = remaining.equals("null") ? "null" : "10";
    return "{\"data\":{\"label\":\"sk-or-v1-abc...def\",\"limit\":"
        + limit
        + ",\"limit_remaining\":"
        + remaining
        + ",\"limit_reset\":"
        + (remaining.equals("null") ? "null" : "\"daily\"")
        + ",\"usage\":0.5,\"is_free_tier\":true}}";
  }

  private static String unauthorized() {
    return "{\"error\":{\"message\":\"User not found.\",\"code\":401}}";
  }

  private static void json(OutputStream out, String status, String body) throws IOException {
    write(
        out,
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\nConnection: close\r\n\r\n"
            + body);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
    for (var socket : sockets) {
      socket.close();
    }
  }
}
