package dev.keywheel.gateway.http;

import dev.keywheel.time.Stopwatch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Sends the answer to one client: status and headers, then bytes. Each write blocks until it is
 * complete. While the client of a stream waits for content, comments keep its connection alive.
 */
public final class ClientChannel {
  private static final int PIECE = 64 << 10;
  private static final byte[] KEEP_ALIVE = {
    ':', ' ', 'k', 'e', 'e', 'p', '-', 'a', 'l', 'i', 'v', 'e', '\n', '\n'
  };
  private static final Map<String, String> STREAM_HEADERS =
      Map.of(
          "content-type", "text/event-stream; charset=utf-8",
          "cache-control", "no-cache, no-transform",
          "x-accel-buffering", "no");

  private final Response response;
  private final Duration stalled;
  private final Duration statusHold;
  private final Duration keepAlive;
  private final Stopwatch since = new Stopwatch();
  private Stopwatch lastWrite = since;
  private @Nullable Integer status;

  ClientChannel(Response response, GatewayTimeouts timeouts) {
    this.response = response;
    this.stalled = timeouts.clientStalled();
    this.statusHold = timeouts.statusHold();
    this.keepAlive = timeouts.keepAlive();
  }

  /** The time since the request arrived. */
  public Duration elapsed() {
    return since.elapsed();
  }

  /** Whether the status was sent to the client, so that it cannot be changed. */
  public boolean committed() {
    return status != null;
  }

  /** The status sent to the client; null before that. */
  public @Nullable Integer status() {
    return status;
  }

  public void answer(int status, Map<String, String> headers, byte[] body) throws ClientLost {
    commit(status);
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.getHeaders().put("content-length", body.length);
    write(true, ByteBuffer.wrap(body));
  }

  /**
   * Sends bytes of a stream, the first of them after its status and headers.
   *
   * @param headers called once, for the first bytes
   */
  public void stream(Supplier<Map<String, String>> headers, byte[] bytes) throws ClientLost {
    if (committed()) {
      write(bytes);
    } else {
      commit(200);
      headers.get().forEach((name, value) -> response.getHeaders().put(name, value));
      STREAM_HEADERS.forEach((name, value) -> response.getHeaders().put(name, value));
      if (response.getRequest().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
        // Without chunks, the closing of the connection could end the answer: a broken connection
        // would look like a complete answer.
        response.getHeaders().put("transfer-encoding", "chunked");
      }
      write(false, ByteBuffer.wrap(bytes));
    }
  }

  private void commit(int sent) {
    status = sent;
    response.setStatus(sent);
  }

  public void write(byte[] bytes) throws ClientLost {
    if (bytes.length > 0) {
      write(false, ByteBuffer.wrap(bytes));
    }
  }

  /** Ends the response after the last bytes of a stream. */
  public void end() throws ClientLost {
    write(true, ByteBuffer.allocate(0));
  }

  /** Time until the next keep-alive comment is due; zero or negative if it is due now. */
  Duration untilKeepAlive() {
    return (committed() ? keepAlive : statusHold).minus(lastWrite.elapsed());
  }

  void keepAliveIfDue(Supplier<Map<String, String>> headers) throws ClientLost {
    if (!untilKeepAlive().isPositive()) {
      stream(headers, KEEP_ALIVE);
    }
  }

  /** Writes pieces of 64 kB. A client is stalled if it does not take one piece in time. */
  private void write(boolean last, ByteBuffer bytes) throws ClientLost {
    do {
      int length = Math.min(bytes.remaining(), PIECE);
      ByteBuffer piece = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      writePiece(last && !bytes.hasRemaining(), piece);
    } while (bytes.hasRemaining());
  }

  private void writePiece(boolean last, ByteBuffer bytes) throws ClientLost {
    var written = new CompletableFuture<Void>();
    response.write(
        last, bytes, Callback.from(() -> written.complete(null), written::completeExceptionally));
    try {
      written.get(stalled.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new ClientLost(true, e);
    } catch (ExecutionException e) {
      throw new ClientLost(false, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientLost(false, e);
    }
    lastWrite = new Stopwatch();
  }
}
