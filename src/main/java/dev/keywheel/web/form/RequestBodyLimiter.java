package dev.keywheel.web.form;

import dev.keywheel.net.IpAddress;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.web.form.BodyBudget.Reservation;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Admits a request body before it is read. Memory holds several copies of each body, so the size
 * limit depends on the sender and only a few large bodies are read at the same time. Clients
 * without a session cannot use up the slots of signed-in users.
 */
public final class RequestBodyLimiter implements Filter {
  /** The sender of a request, with the largest size and the size that needs a slot, in bytes. */
  public enum Sender {
    /** Sign-in forms, set-up forms and browser reports. */
    ANONYMOUS(64_000, 64_000),
    /** A browser with the cookie of an ended session: its form is kept through the sign-in. */
    ENDED_SESSION(4_000_000, 64_000),
    USER(RequestSize.LARGEST, 2_000_000);

    private final long largest;
    private final long large;

    Sender(long largest, long large) {
      this.largest = largest;
      this.large = large;
    }
  }

  private static final long LARGEST_KEPT = 1_000_000;
  private static final int SLOTS = 2;
  private static final Duration MAX_WAIT = Duration.ofSeconds(20);
  private static final String SLOT_ATTRIBUTE = RequestBodyLimiter.class.getName();

  /**
   * Number of equal shares of the memory for clients without a session; each client can use one.
   */
  private static final int CLIENTS = 8;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
  private static final String MEMORY_ATTRIBUTE = BodyBudget.class.getName();

  private final Function<Context, String> client;

  /** The memory for small bodies, which need no slot. */
  private final Map<Sender, BodyBudget> budgets = new EnumMap<>(Sender.class);

  /** Slots for large bodies. */
  private final Map<Sender, Semaphore> slots = new EnumMap<>(Sender.class);

  /**
   * @param client returns the address of the browser
   */
  public RequestBodyLimiter(Function<Context, String> client) {
    this.client = client;
    for (Sender sender : Sender.values()) {
      slots.put(sender, new Semaphore(SLOTS, true));
      long most = Runtime.getRuntime().maxMemory() / (sender == Sender.USER ? 8 : 16);
      budgets.put(sender, new BodyBudget(most, sender == Sender.USER ? most : most / CLIENTS));
    }
  }

  /**
   * Reserves memory for a small body or a slot for a large body, for which it may wait. Must be
   * called before the body is read.
   *
   * @throws TooLarge if the body exceeds this sender's limit
   * @throws HttpResponseException 411 for a body without a length
   * @throws RateLimited if no slot becomes free within 20 seconds, or if the memory is used up
   */
  public void admit(Context ctx, Sender sender) throws InterruptedException {
    if (ctx.req().getHeader("Transfer-Encoding") != null) {
      throw new HttpResponseException(HttpStatus.LENGTH_REQUIRED.getCode(), "", Map.of());
    }
    long length = ctx.req().getContentLengthLong();
    if (length > sender.largest) {
      if (sender != Sender.ANONYMOUS) {
        RequestSize.drain(ctx, length); // without a slot: takes no memory
      }
      throw new TooLarge(sender.largest);
    }
    if (length > sender.large) {
      takeSlot(ctx, sender);
    } else if (length > 0) {
      reserveMemory(ctx, sender, length);
    }
  }

  /** Whether {@link #admit} has admitted the body of this request. */
  private static boolean isAdmitted(Context ctx) {
    return ctx.req().getAttribute(SLOT_ATTRIBUTE) != null
        || ctx.req().getAttribute(MEMORY_ATTRIBUTE) != null;
  }

  /**
   * Admits a form that a page will keep, unless it has been admitted. Discards a form of more than
   * {@value #LARGEST_KEPT} bytes, and then returns false.
   */
  public boolean admitIfSmall(Context ctx) throws InterruptedException {
    if (isAdmitted(ctx)) {
      return isSmall(ctx);
    }
    if (!isSmall(ctx)) {
      RequestSize.drain(ctx, ctx.req().getContentLengthLong());
      return false;
    }
    admit(ctx, Sender.ENDED_SESSION);
    return true;
  }

  /** Whether the form of this request is small enough to be kept in a page. */
  public static boolean isSmall(Context ctx) {
    return ctx.req().getContentLengthLong() <= LARGEST_KEPT;
  }

  private void reserveMemory(Context ctx, Sender sender, long length) {
    String from = IpAddress.network(client.apply(ctx));
    Optional<Reservation> taken =
        Objects.requireNonNull(budgets.get(sender))
            .reserve(sender == Sender.USER ? "" : from, length);
    ctx.req()
        .setAttribute(
            MEMORY_ATTRIBUTE,
            taken.orElseThrow(
                () ->
                    new RateLimited(
                        "The server is reading too many requests. Send this one again in a moment.",
                        RETRY_AFTER)));
  }

  private void takeSlot(Context ctx, Sender sender) throws InterruptedException {
    Semaphore slot = Objects.requireNonNull(slots.get(sender));
    if (!slot.tryAcquire(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new RateLimited(
          "The server is reading other large requests. Send this one again in a moment.", MAX_WAIT);
    }
    ctx.req().setAttribute(SLOT_ATTRIBUTE, slot);
  }

  /** Releases the slot or the memory when the request ends, even after an error. */
  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain rest)
      throws IOException, ServletException {
    try {
      rest.doFilter(request, response);
    } finally {
      @Nullable Object held = request.getAttribute(SLOT_ATTRIBUTE);
      if (held instanceof Semaphore slot) {
        slot.release();
      }
      @Nullable Object taken = request.getAttribute(MEMORY_ATTRIBUTE);
      if (taken instanceof Reservation bytes) {
        bytes.close();
      }
    }
  }
}
