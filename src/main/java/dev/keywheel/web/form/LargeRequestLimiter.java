package dev.keywheel.web.form;

import dev.keywheel.problem.RateLimited;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A large request is held in memory whole, several times over, and anybody may send one before
 * signing in. So few are read at a time; the others wait for their turn with nothing read yet.
 */
public final class LargeRequestLimiter {
  /** In bytes. More than all forms but that of an import ever need. */
  private static final long LARGE = 2_000_000;

  private static final int AT_ONCE = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String HELD = LargeRequestLimiter.class.getName();

  private final Semaphore turns = new Semaphore(AT_ONCE, true);

  /** Before anything reads the request. One that does not say its length may be large. */
  public void enter(Context ctx) throws InterruptedException {
    boolean unsaid = ctx.req().getHeader("Transfer-Encoding") != null;
    if (!unsaid && ctx.req().getContentLengthLong() <= LARGE) {
      return;
    }
    if (!turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new RateLimited(
          "Other large requests are being read just now, and this one was not. Send it again in a moment.",
          PATIENCE);
    }
    ctx.attribute(HELD, true);
  }

  /** After the answer, whatever it was. */
  public void leave(Context ctx) {
    if (ctx.attribute(HELD) != null) {
      turns.release();
    }
  }
}
