package dev.keywheel.web.security;

import dev.keywheel.net.AnonymousSlots;
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
import org.jspecify.annotations.Nullable;

/**
 * Limits how many requests without a session are processed at once ({@link AnonymousSlots}). A
 * request holds a slot while its page is rendered, but not while its body is read or the response
 * is sent: otherwise slow clients could hold a slot without limit.
 */
public final class AnonymousLimiter implements Filter {
  static final String TOO_MANY = "The server has too many visitors now. Try again soon.";
  private static final String SLOT_ATTRIBUTE = AnonymousLimiter.class.getName();
  private static final String REFUSED_ATTRIBUTE = SLOT_ATTRIBUTE + ".refused";

  private final AnonymousSlots slots;
  private final InstantSource clock;

  /**
   * @param slots the slots, which the gateway also uses
   */
  public AnonymousLimiter(AnonymousSlots slots, InstantSource clock) {
    this.slots = slots;
    this.clock = clock;
  }

  /**
   * Waits for a slot, unless the request already has one.
   *
   * @throws RateLimited after {@link AnonymousSlots#MAX_WAIT}; immediately in a flood, or if this
   *     request was refused before
   */
  public void enter(Context ctx) {
    // Compression would run while the response is sent, after the slot was released.
    ctx.disableCompression();
    if (ctx.req().getAttribute(SLOT_ATTRIBUTE) == null) {
      if (ctx.req().getAttribute(REFUSED_ATTRIBUTE) != null || !acquired()) {
        ctx.req().setAttribute(REFUSED_ATTRIBUTE, true);
        throw new RateLimited(TOO_MANY, AnonymousSlots.MAX_WAIT);
      }
      ctx.req().setAttribute(SLOT_ATTRIBUTE, clock.instant());
    }
  }

  private boolean acquired() {
    try {
      return slots.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Releases the slot when the response is ready to be sent. */
  public void leave(Context ctx) {
    leave(ctx.req());
  }

  private void leave(ServletRequest request) {
    @Nullable Object held = request.getAttribute(SLOT_ATTRIBUTE);
    if (held instanceof Instant since) {
      request.removeAttribute(SLOT_ATTRIBUTE);
      slots.release(Duration.between(since, clock.instant()));
    }
  }

  /** Releases the slot of a request that ended without {@link #leave}. */
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
