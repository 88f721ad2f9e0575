package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.Gunzip;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.http.TransportErrors;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.TimeLimits;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A request to a provider. It is sent when the caller takes the first signal, and the same thread
 * reads the answer piece by piece. The next piece is read from the network only when the caller
 * asks for it, so that a slow client slows the provider down. Any thread may abort it, which closes
 * its connection.
 */
public final class UpstreamExchange implements AutoCloseable {
  private final RelayClient client;
  private final OutgoingRequest request;
  private @Nullable ProviderConnection connection;
  private final CompletableFuture<ProviderConnection> open = new CompletableFuture<>();
  private boolean begun;
  private boolean wasIdle;
  private @Nullable Signal ending;
  private @Nullable ResponseReader answer;
  private @Nullable Gunzip packed;
  private boolean headReceived;
  private Duration kept = Duration.ZERO;

  UpstreamExchange(RelayClient client, OutgoingRequest request) {
    this.client = client;
    this.request = request;
  }

  /** The next event of the exchange. */
  public sealed interface Signal {}

  /** The status and the headers, whose names are in lower case. */
  public record Head(int status, Map<String, String> headers) implements Signal {}

  /** A piece of the body, valid until the caller takes the next signal. */
  public record Bytes(List<ByteBuffer> parts) implements Signal {}

  /** The body is complete. */
  public record End() implements Signal {}

  /** No answer was received, or the answer was cut off. */
  public record Failed(TransportError error) implements Signal {}

  /** Another thread aborted the exchange. */
  public record Aborted() implements Signal {}

  /** Nothing arrived within the given time. */
  public record Nothing() implements Signal {}

  /** Waits for the next signal. Another thread may continue to connect after {@code atMost}. */
  public Signal next(Duration atMost) throws InterruptedException {
    var deadline = new Deadline(atMost);
    return next(deadline, deadline);
  }

  /**
   * Like {@link #next(Duration)}, but ends the exchange when nothing arrived in time. Cheaper, see
   * {@link TimeLimits}.
   */
  public Signal nextOrEnd(Duration atMost) throws InterruptedException {
    try (var _ = client.limits().after(atMost, () -> end(new Nothing()))) {
      return next(new Deadline(atMost), DeadlineSocket.NONE);
    }
  }

  /**
   * Like {@link #next(Duration)}, but without a time limit; another thread can end the wait by
   * aborting the exchange. Needs neither a timeout for each read nor a second thread to connect.
   */
  Signal next() throws InterruptedException {
    return next(DeadlineSocket.NONE, DeadlineSocket.NONE);
  }

  private Signal next(Deadline connecting, Deadline reading) throws InterruptedException {
    try {
      Signal next = read(connecting, reading);
      return ending().orElse(next);
    } catch (SocketTimeoutException late) {
      return ending().orElse(new Nothing());
    } catch (IOException broken) {
      return fail(broken);
    } catch (InterruptedException stopped) {
      abort();
      throw stopped;
    }
  }

  private Signal fail(IOException broken) throws InterruptedException {
    if (Thread.interrupted()) {
      abort();
      throw new InterruptedException();
    }
    Optional<Signal> ended = ending();
    if (ended.isPresent()) {
      return ended.get();
    }
    finish(Duration.ZERO);
    if (wasIdle && !headReceived) {
      client.dropIdle(request);
    }
    TransportError error = TransportErrors.of(broken);
    boolean reached = isConnected() && error.kind() != null;
    return new Failed(reached ? TransportError.RESET : error); // the request may have been received
  }

  private Signal read(Deadline connecting, Deadline reading)
      throws IOException, InterruptedException {
    ResponseReader reader = answer;
    if (reader == null) {
      ProviderConnection ready = awaitConnection(connecting);
      request.sendOn(ready);
      reader = new ResponseReader(ready::read, request.initialBufferSize());
      answer = reader;
    }
    return headReceived ? readBody(reader, reading) : receiveHead(reader.head(reading));
  }

  /** Waits for the connection; an abort ends the wait. */
  private ProviderConnection awaitConnection(Deadline deadline)
      throws IOException, InterruptedException {
    if (!begun) {
      begun = true;
      begin(deadline == DeadlineSocket.NONE);
    }
    try {
      return open.get(Math.max(0, deadline.left().toNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw new SocketTimeoutException("not connected yet");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException broken) {
        throw broken;
      }
      throw new IllegalStateException("a connection could not be opened", failed.getCause());
    }
  }

  private void begin(boolean inCallingThread) throws IOException {
    Optional<ProviderConnection> idle = client.idle(request);
    wasIdle = idle.isPresent();
    if (wasIdle) {
      use(idle.get());
      open.complete(idle.get());
    } else {
      var fresh = new ProviderConnection(Origin.of(request.address()));
      use(fresh);
      if (inCallingThread) {
        open(fresh);
      } else {
        Thread.ofVirtual().name("provider-connect").start(() -> open(fresh));
      }
    }
  }

  /** Connects. A DNS lookup cannot be interrupted, so calls with a deadline use another thread. */
  private void open(ProviderConnection fresh) {
    try {
      client.open(fresh, request);
      open.complete(fresh);
    } catch (IOException | RuntimeException broken) {
      fresh.close();
      open.completeExceptionally(broken);
    }
  }

  /** Stores the connection before it is opened, so that an abort can close it from then on. */
  private synchronized void use(ProviderConnection opening) throws IOException {
    if (ending != null) {
      opening.close();
      throw new ClosedChannelException();
    }
    connection = opening;
  }

  private Head receiveHead(ResponseHead head) {
    headReceived = true;
    kept = head.keptFor();
    Map<String, String> headers = head.headers();
    if (Gunzip.isPacked(headers)) {
      packed = new Gunzip();
      headers = Gunzip.unpacked(headers);
    }
    return new Head(head.status(), headers);
  }

  private Signal readBody(ResponseReader reader, Deadline deadline) throws IOException {
    Gunzip unpacking = packed;
    if (unpacking == null) {
      List<ByteBuffer> parts = reader.body(deadline);
      return parts.isEmpty() ? finishAnswer(reader) : new Bytes(parts);
    }
    while (true) {
      ByteBuffer unpacked = unpacking.next();
      if (unpacked.hasRemaining()) {
        return new Bytes(List.of(unpacked));
      }
      List<ByteBuffer> parts = reader.body(deadline);
      if (parts.isEmpty()) {
        if (!unpacking.complete()) {
          throw new EOFException("the compressed answer was truncated");
        }
        return finishAnswer(reader);
      }
      unpacking.add(parts);
    }
  }

  private End finishAnswer(ResponseReader reader) {
    boolean usable = reader.leavesOpen() && request.isSent() && request.sharesConnection();
    finish(usable ? kept : Duration.ZERO);
    return new End();
  }

  private void finish(Duration usable) {
    if (packed != null) {
      packed.close();
    }
    release(usable);
  }

  /**
   * Returns the connection to the idle connections, or closes it.
   *
   * @param usable how long another request may reuse the connection; zero closes it
   */
  private void release(Duration usable) {
    ProviderConnection used = takeConnection();
    if (used != null) {
      if (usable.isPositive() && !used.hasMore()) {
        client.keep(used, usable);
      } else {
        used.close();
      }
    }
    client.remove(this);
  }

  private synchronized @Nullable ProviderConnection takeConnection() {
    ProviderConnection used = connection;
    connection = null;
    return used;
  }

  /** The signal with which another thread ended the exchange; empty when none did. */
  private synchronized Optional<Signal> ending() {
    return Optional.ofNullable(ending);
  }

  /** Whether the request has a connection to the provider. Called only by the thread that reads. */
  boolean isConnected() {
    return answer != null;
  }

  /** Aborts the exchange unless it is over. Only for the reading thread, after its last signal. */
  @Override
  public void close() {
    abort();
    if (packed != null) {
      packed.close();
    }
  }

  /** Closes the connection, which wakes the waiting thread. */
  public void abort() {
    end(new Aborted());
  }

  private void end(Signal why) {
    synchronized (this) {
      if (ending == null) {
        ending = why;
      }
    }
    release(Duration.ZERO);
    if (!open.isDone()) { // avoids the cost of a stack trace
      open.completeExceptionally(new ClosedChannelException());
    }
  }
}
