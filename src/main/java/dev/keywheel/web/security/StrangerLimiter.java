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
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets few requests without a session be worked on at once, and rests between them while others
 * wait, so that a flood leaves the processors to users. A slot is held while a page is made, and
 * not while a body is read or an answer is sent: slow strangers would hold it as long as they like.
 */
public final class StrangerLimiter implements Filter {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String HELD = StrangerLimiter.class.getName();

  /** In a flood a slot rests so many times as long as it was held. */
  private static final int RESTS = 4;

  private static final Duration LONGEST_REST = Duration.ofMillis(200);

  private final Semaphore slots =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  private final InstantSource clock;

  public StrangerLimiter(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Waits for a slot, unless the request has one.
   *
   * @throws RateLimited if there is none after {@link #PATIENCE}
   */
  public void enter(Context ctx) {
    ctx.disableCompression(); // it would happen while the answer is sent
    if (ctx.req().getAttribute(HELD) == null) {
      if (!acquired()) {
        throw new RateLimited("The server has too many visitors now. Try again soon.", PATIENCE);
      }
      ctx.req().setAttribute(HELD, clock.instant());
    }
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

  private void leave(ServletRequest request) {
    @Nullable Object held = request.getAttribute(HELD);
    if (held instanceof Instant since) {
      request.removeAttribute(HELD);
      Duration rest = rest(Duration.between(since, clock.instant()));
      if (slots.hasQueuedThreads() && rest.isPositive()) {
        CompletableFuture.delayedExecutor(rest.toNanos(), TimeUnit.NANOSECONDS)
            .execute(slots::release);
      } else {
        slots.release();
      }
    }
  }

  static Duration rest(Duration held) {
    Duration rest = held.multipliedBy(RESTS);
    return rest.compareTo(LONGEST_REST) < 0 ? rest : LONGEST_REST;
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
