package dev.keywheel.provider;

import dev.keywheel.support.Canary;
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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on the loopback address that sends the bytes that a test specifies, so that it can break
 * every rule of HTTP. Serves one request per connection, and records requests.
 */
public final class ScriptedServer implements AutoCloseable {
  private static final int BACKLOG = 2_000;

  /** The behaviour of one connection after the request was read. */
  public interface Script {
    void run(Connection connection) throws IOException, InterruptedException;
  }

  /** One connection; closed at the end of its script. */
  public record Connection(Socket socket, String request) {
    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    /** Sends a complete, correct answer. */
    void answer(int status, String contentType, String body) throws IOException {
      send(
          ("HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n"
                  + "\r\n%s")
              .formatted(status, contentType, body.getBytes(StandardCharsets.UTF_8).length, body));
    }

    public void json(int status, String body) throws IOException {
      answer(status, "application/json", body);
    }

    /** Waits until the client closes the connection. */
    void hang() throws IOException {
      while (socket.getInputStream().read() >= 0) {
        // Further input is ignored.
      }
    }

    /** Drops the connection as a crashed machine would. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  private final ServerSocket listening;
  private final Script script;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  public ScriptedServer(Script script) {
    this(plain(), script);
  }

  public ScriptedServer(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
    Thread.startVirtualThread(this::accept);
  }

  public static ServerSocket plain() {
    try {
      return new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + port() + "/api/v1");
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Headers and body of every request so far. */
  public List<String> requests() {
    return requests;
  }

  /** Connections that are still open on both sides. */
  int open() {
    return open.size();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        open.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException closing) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      String request = read(new BufferedInputStream(socket.getInputStream()));
      requests.add(request);
      Canary.watchRequest(request.replaceFirst("(?im)^authorization:.*$", ""));
      script.run(new Connection(socket, request));
    } catch (IOException gone) {
      // The client closed the connection, for which some tests wait.
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private static String read(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
      int one = in.read();
      if (one < 0) {
        throw new IOException("gone");
      }
      head.write(one);
    }
    String text = head.toString(StandardCharsets.UTF_8);
    int length =
        text.lines()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
            .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
            .findFirst()
            .orElse(0);
    return text + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
