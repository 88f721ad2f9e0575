package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.time.SharedValues;
import dev.keywheel.time.TimeLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Lets a limited number of a token's requests wait for a key on this node, so that one token cannot
 * fill all batches. Further requests of the token wait here in order of arrival.
 */
final class SeatAdmission {
  static final int MAX_PER_TOKEN = 50;

  /** Minimum of {@link #slotWait}: on a busy node, even a late attempt may need this long. */
  static final Duration MIN_SLOT_WAIT = Duration.ofSeconds(10);

  private final Seats seats;
  private final TimeLimits limits = new TimeLimits();
  private final SharedValues<UUID, TokenQueue> queues =
      new SharedValues<>(() -> new TokenQueue(limits));

  SeatAdmission(Seats seats) {
    this.seats = seats;
  }

  /**
   * Waits for a slot and then for a key. The wait for a slot may last for the rest of the start
   * budget: a thousand streams that begin together on a busy machine need more than 10 s for their
   * keys. Refused clients would only repeat their requests.
   *
   * @param cancellation ends both waits
   * @param elapsed the time since the request arrived
   */
  SeatGrant take(SeatRequest request, Cancellation cancellation, Duration elapsed)
      throws InterruptedException {
    UUID token = request.request().tokenId();
    var queue = queues.begin(token);
    try {
      return take(queue, request, cancellation, elapsed);
    } finally {
      queues.end(token);
    }
  }

  private SeatGrant take(
      TokenQueue queue, SeatRequest request, Cancellation cancellation, Duration elapsed)
      throws InterruptedException {
    if (!queue.enter(cancellation, slotWait(elapsed))) {
      return new SeatGrant.Unavailable(
          cancellation.reason() != null
              ? Seats.CANCELLED
              : "This access token has "
                  + MAX_PER_TOKEN
                  + " requests that wait for a key. Try again in a moment.");
    }
    try {
      return seats.take(request, cancellation::attach);
    } finally {
      queue.leave();
    }
  }

  /** Maximum wait for a slot of a request that arrived {@code elapsed} ago. */
  static Duration slotWait(Duration elapsed) {
    Duration left = CallOptions.START_BUDGET.minus(elapsed);
    return left.compareTo(MIN_SLOT_WAIT) < 0 ? MIN_SLOT_WAIT : left;
  }

  /** The slots of one token and the requests that wait for a slot. */
  static final class TokenQueue {
    private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();
    private final TimeLimits limits;
    private int free = MAX_PER_TOKEN;

    TokenQueue(TimeLimits limits) {
      this.limits = limits;
    }

    /** Waits for a slot. Returns false when the request was cancelled or waited too long. */
    boolean enter(Cancellation cancellation, Duration within) throws InterruptedException {
      var turn = join();
      cancellation.attach(() -> turn.cancel(false));
      try {
        await(turn, within);
      } catch (CancellationException cancelledOrLate) {
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        if (!turn.cancel(false)) {
          leave();
        }
        throw e;
      }
      if (cancellation.reason() != null) {
        leave();
        return false;
      }
      return true;
    }

    private void await(CompletableFuture<Void> turn, Duration within)
        throws ExecutionException, InterruptedException {
      if (turn.isDone()) { // almost always: no time limit is needed
        turn.get();
        return;
      }
      try (var _ = limits.after(within, () -> turn.cancel(false))) {
        turn.get();
      }
    }

    private synchronized CompletableFuture<Void> join() {
      var turn = new CompletableFuture<Void>();
      if (free > 0) {
        free--;
        turn.complete(null);
      } else {
        waiting.add(turn);
      }
      return turn;
    }

    /** Passes the slot to the first request that still waits, or frees it. */
    synchronized void leave() {
      CompletableFuture<Void> next;
      while ((next = waiting.poll()) != null) {
        if (next.complete(null)) {
          return;
        }
      }
      free++;
    }
  }
}
