package dev.keywheel.web.form;

import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Discards the body of a refused request before the response is sent. Jetty discards only what has
 * arrived and then closes the connection: a client that is still sending would lose the response.
 */
public final class UnreadBody extends Handler.Wrapper {
  /** In bytes; more than a form has. */
  private static final long MOST = 1_000_000;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  public UnreadBody(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    boolean asks = request.getHeaders().contains(HttpHeader.EXPECT); // sends no body unasked
    return super.handle(asks ? request : new Drained(request), response, callback);
  }

  private static final class Drained extends Request.Wrapper {
    private boolean tried;

    private Drained(Request request) {
      super(request);
    }

    @Override
    public boolean consumeAvailable() {
      try {
        if (!tried) {
          tried = true; // a time-out leaves a demand, and a request has one at most
          drain();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return super.consumeAvailable();
    }

    private void drain() throws InterruptedException {
      var since = new Stopwatch();
      long read = 0;
      while (read <= MOST) {
        Content.Chunk chunk = read();
        if (chunk != null) {
          read += chunk.remaining();
          chunk.release();
          if (chunk.isLast()) { // also for a broken connection
            return;
          }
        } else if (!ready(PATIENCE.minusNanos(since.nanos()))) {
          return;
        }
      }
    }

    private boolean ready(Duration most) throws InterruptedException {
      var ready = new CountDownLatch(1);
      demand(ready::countDown);
      return ready.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
