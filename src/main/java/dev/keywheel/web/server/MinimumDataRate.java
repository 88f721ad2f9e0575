package dev.keywheel.web.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Fails a request with 408 if its body arrives too slowly or not at all. The idle timeout is not
 * enough: a client that sends a byte every few seconds would hold its connection for hours.
 */
final class MinimumDataRate extends Handler.Wrapper {
  /** Grace period from the first read of the body. */
  static final Duration GRACE = Duration.ofSeconds(10);

  /** Minimum rate: slower than any network in practical use (GPRS: 5 kB/s). */
  static final int BYTES_PER_SECOND = 4_096;

  /**
   * Longer than the idle timeout. After such a time between two reads, the process was stopped or
   * the clock was changed.
   */
  private static final Duration STANDSTILL = Duration.ofSeconds(45);

  private final InstantSource clock;

  MinimumDataRate(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(new Measured(request, clock), response, callback);
  }

  /** A request that counts the bytes read from its body. */
  private static final class Measured extends Request.Wrapper {
    private final InstantSource clock;
    private @Nullable Instant begun;
    private Instant lastRead = Instant.EPOCH;
    private long bytes;

    private Measured(Request request, InstantSource clock) {
      super(request);
      this.clock = clock;
    }

    @Override
    public Content.@Nullable Chunk read() {
      var now = clock.instant();
      if (begun == null || Duration.between(lastRead, now).compareTo(STANDSTILL) > 0) {
        begun = now; // measured from the first read, and again after a standstill
        bytes = 0;
      }
      lastRead = now;
      Content.@Nullable Chunk chunk = super.read();
      if (chunk == null || Content.Chunk.isFailure(chunk)) {
        // Javalin would answer an idle timeout without a body.
        return chunk != null && chunk.getFailure() instanceof TimeoutException ? late() : chunk;
      }
      bytes += chunk.remaining();
      if (chunk.isLast() || !tooSlow(bytes, Duration.between(begun, now))) {
        return chunk;
      }
      chunk.release();
      return late();
    }

    private Content.Chunk late() {
      var failure =
          new HttpException.RuntimeException(
              HttpStatus.REQUEST_TIMEOUT_408, "The request body arrives too slowly");
      getWrapped().fail(failure);
      return Content.Chunk.from(failure, true);
    }
  }

  static boolean tooSlow(long bytes, Duration elapsed) {
    long counted = elapsed.minus(GRACE).toMillis();
    return counted > 0 && bytes * 1_000 < counted * BYTES_PER_SECOND;
  }
}
