package dev.keywheel.web.security;

import dev.keywheel.problem.RateLimited;
import io.javalin.http.Context;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets few requests without a session be worked on at once, so that a flood of them leaves half of
 * the processors to users. A slot is held while a page is made, and not while a body is read or an
 * answer is sent: slow strangers would hold it as long as they like.
 */
public final class StrangerLimiter implements Filter {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String HELD = StrangerLimiter.class.getName();

  private final Semaphore slots =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  /**
   * Waits for a slot, unless the request has one.
   *
   * @throws RateLimited if there is none after {@link #PATIENCE}
   */
  public void enter(Context ctx) {
    ctx.disableCompression(); // it would happen while the answer is sent
    if (ctx.req().getAttribute(HELD) == null && !acquired()) {
      throw new RateLimited("The server has too many visitors now. Try again soon.", PATIENCE);
    }
    ctx.req().setAttribute(HELD, slots);
  }

  private boolean acquired() {
    try {
      return slots.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The answer is ready to be sent. */
  public void leave(Context ctx) {
    leave(ctx.req());
  }

  private static void leave(ServletRequest request) {
    @Nullable Object held = request.getAttribute(HELD);
    if (held instanceof Semaphore slots) {
      request.removeAttribute(HELD);
      slots.release();
    }
  }

  /** Releases the slot of a request that broke off. */
  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain rest)
      throws IOException, ServletException {
    try {
      rest.doFilter(request, response);
    } finally {
      leave(request);
    }
  }
}
