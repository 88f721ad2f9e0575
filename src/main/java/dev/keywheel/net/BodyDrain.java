package dev.keywheel.net;

import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads and discards the rest of the body of a refused request, within limits. A client that is
 * still sending would otherwise lose the response, because the server closes the connection; and
 * some clients read no response before they have sent everything.
 *
 * @param maxBytes number of bytes after which it stops reading
 * @param timeLimit time limit, extended by the bytes read so far divided by {@code bytesPerSecond}
 * @param bytesPerSecond 0 if the time limit is not extended
 */
public record BodyDrain(long maxBytes, Duration timeLimit, int bytesPerSecond) {

  public BodyDrain(long maxBytes, Duration timeLimit) {
    this(maxBytes, timeLimit, 0);
  }

  /** Call at most once per request: after a time-out, a demand for further bytes stays pending. */
  public void discard(Request request) throws InterruptedException {
    var since = new Stopwatch();
    long read = 0;
    while (read <= maxBytes) {
      Content.Chunk chunk = request.read();
      Duration left = allowed(read).minus(since.elapsed());
      if (chunk != null) {
        read += chunk.remaining();
        chunk.release();
        if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
          return;
        }
      }
      if (!left.isPositive() || (chunk == null && !ready(request, left))) {
        return;
      }
    }
  }

  private Duration allowed(long read) {
    return bytesPerSecond == 0 ? timeLimit : timeLimit.plusMillis(read * 1_000 / bytesPerSecond);
  }

  private static boolean ready(Request request, Duration within) throws InterruptedException {
    var ready = new CountDownLatch(1);
    request.demand(ready::countDown);
    return ready.await(within.toNanos(), TimeUnit.NANOSECONDS);
  }
}
