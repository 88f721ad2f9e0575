package dev.keywheel.web.form;

import dev.keywheel.net.BodyDrain;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Discards the body of a refused request before the response is sent. Jetty discards only what has
 * arrived and then closes the connection: a client that is still sending would lose the response. A
 * client that sends slowly holds no slot for clients without a session while its body is read.
 */
public final class UnreadBody extends Handler.Wrapper {
  /** Maximum number of bytes to discard; more than a form has. */
  private static final long MAX_BYTES = 1_000_000;

  private static final BodyDrain DRAIN = new BodyDrain(MAX_BYTES, Duration.ofSeconds(2));

  public UnreadBody(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    // A client that sends "Expect: 100-continue" may send its body only after a 100 response.
    boolean asks = request.getHeaders().contains(HttpHeader.EXPECT);
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
        if (!tried && getLength() <= MAX_BYTES) {
          tried = true; // after a timeout Jetty refuses a second demand for bytes
          DRAIN.discard(getWrapped());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return super.consumeAvailable();
    }
  }
}
