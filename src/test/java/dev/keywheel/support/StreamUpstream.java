package dev.keywheel.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A provider on a loopback port whose answers are scripted for each key, byte by byte. It records
 * every call, and detects immediately when the client closes a connection.
 */
public final class StreamUpstream implements AutoCloseable {
  private static final String MODELS =
      """
      {"data":[{"id":"maker/model","name":"A model","context_length":1000,
                "pricing":{"prompt":"0.000001","completion":"0.000002"}},
               {"id":"maker/model:free"},{"id":"other/model"},{"id":"claude-like"}]}""";

  private final ServerSocket server;
  private final Map<String, Deque<Script>> scripts = new ConcurrentHashMap<>();
  private final Map<String, Script> checks = new ConcurrentHashMap<>();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** Writes the answer to a call. */
  @FunctionalInterface
  public interface Script {
    void answer(Call call) throws IOException, InterruptedException;
  }

  public StreamUpstream() {
    try {
      server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/api/v1");
  }

  /**
   * Scripts the answers to calls with this key, in order; the last one is repeated. A key is
   * identified by the end of its secret, after the last dash.
   */
  public void answer(String key, Script... answers) {
    scripts.put(key, new ArrayDeque<>(List.of(answers)));
  }

  /** Scripts the answer to checks of this key; all other keys are accepted. */
  public void checks(String key, Script answer) {
    checks.put(key, answer);
  }

  /** The calls in the order of arrival. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** The keys of the calls, in the order of arrival. */
  public List<String> keys() {
    return calls.stream().map(Call::key).toList();
  }

  public static Script json(int status, String body, String... headers) {
    return call -> call.head(status, "application/json", headers).send(body).end();
  }

  /** Sends each text separately, and ends the stream without an error. */
  public static Script stream(String... parts) {
    return call -> {
      call.head(200, "text/event-stream");
      for (String part : parts) {
        call.send(part);
      }
      call.end();
    };
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Call call = read(in, socket);
        if (call == null) {
          return;
        }
        var watching = Thread.startVirtualThread(() -> call.watch(in));
        try {
          script(call).answer(call);
        } finally {
          call.answered.countDown();
        }
        if (call.cut) {
          return;
        }
        watching.join();
        if (call.gone.getCount() == 0) {
          return;
        }
      }
    } catch (IOException | InterruptedException gone) {
      // The other side closed the connection, or the test has ended.
    }
  }

  private Script script(Call call) {
    if (call.path.endsWith("/models")) {
      return json(200, MODELS);
    }
    if (call.path.endsWith("/key")) {
      return checks.getOrDefault(call.key, json(200, ScriptedUpstream.works().body()));
    }
    Deque<Script> answers = scripts.getOrDefault(call.key, scripts.get("*"));
    if (answers == null) {
      return json(200, ScriptedUpstream.ok().body());
    }
    synchronized (answers) {
      return answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    }
  }

  private Call read(InputStream in, Socket socket) throws IOException {
    String first = line(in);
    if (first.isEmpty()) {
      return null;
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("Content-Length", "0")));
    String bearer = headers.getOrDefault("Authorization", "");
    String path = first.split(" ")[1];
    var call = new Call(bearer.substring(bearer.lastIndexOf('-') + 1), path, headers, body, socket);
    if (!path.endsWith("/key") && !path.endsWith("/models")) {
      calls.add(call);
    }
    headers.remove("Authorization");
    Canary.watchRequest(path + "\n" + headers + "\n" + new String(body, UTF_8));
    return call;
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A received request, with methods that answer it. */
  public static final class Call {
    private final String key;
    private final String path;
    private final Map<String, String> headers;
    private final byte[] body;
    private final Socket socket;
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);
    private volatile long goneAt;
    private boolean cut;

    private Call(String key, String path, Map<String, String> headers, byte[] body, Socket socket) {
      this.key = key;
      this.path = path;
      this.headers = headers;
      this.body = body;
      this.socket = socket;
    }

    public String key() {
      return key;
    }

    public String path() {
      return path;
    }

    /** The value of a header; empty if it was not sent. */
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    public Map<String, String> headers() {
      return headers;
    }

    public byte[] body() {
      return body;
    }

    public Call head(int status, String contentType, String... more) throws IOException {
      var head = new StringBuilder("HTTP/1.1 " + status + " X\r\nContent-Type: " + contentType);
      for (int i = 0; i + 1 < more.length; i += 2) {
        head.append("\r\n").append(more[i]).append(": ").append(more[i + 1]);
      }
      write(head.append("\r\nTransfer-Encoding: chunked\r\n\r\n").toString().getBytes(ISO_8859_1));
      return this;
    }

    public Call send(String text) throws IOException {
      return send(text.getBytes(UTF_8));
    }

    public Call send(byte[] bytes) throws IOException {
      var chunk = new ByteArrayOutputStream();
      chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1));
      chunk.writeBytes(bytes);
      chunk.writeBytes("\r\n".getBytes(ISO_8859_1));
      write(chunk.toByteArray());
      return this;
    }

    public void end() throws IOException {
      write("0\r\n\r\n".getBytes(ISO_8859_1));
    }

    /** Closes the connection in the middle of the answer. */
    public void cut() throws IOException {
      cut = true;
      socket.close();
    }

    private void write(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    /**
     * Waits until the other side closes the connection; returns the time of that event in {@code
     * nanoTime}.
     */
    public long awaitGone() throws InterruptedException {
      gone.await();
      return goneAt;
    }

    public boolean isGone() {
      return gone.getCount() == 0;
    }

    /** Reads ahead until the first byte of the next request, or the end. */
    private void watch(BufferedInputStream in) {
      try {
        in.mark(1);
        int next = in.read();
        in.reset();
        if (next < 0) {
          markGone();
        }
      } catch (IOException reset) {
        markGone();
      }
    }

    private void markGone() {
      goneAt = System.nanoTime();
      gone.countDown();
    }
  }
}
