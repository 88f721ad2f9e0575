package dev.keywheel.gateway.call;

import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.key.state.ApiKey;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Lets a limited number of a token's requests wait for a key on this node, so that one token cannot
 * fill the batches of all others. Its other requests wait here for their turn, in order.
 */
final class SeatPlaces {
  static final int MOST_OF_TOKEN = 50;

  /**
   * A thousand streams that begin together on a busy machine need more than 10 s for their keys. To
   * refuse them would only send them to the end of the line.
   */
  private static final Duration WITHIN = RetryPolicy.START_BUDGET;

  private final Seats seats;
  private final Map<UUID, Semaphore> places = new ConcurrentHashMap<>();

  /** The database refused a change since a request got a key. */
  private final AtomicBoolean refusing = new AtomicBoolean();

  SeatPlaces(Seats seats) {
    this.seats = seats;
  }

  private static Semaphore none(UUID token) {
    return new Semaphore(MOST_OF_TOKEN, true);
  }

  void tooManyInFlight(ApiKey key) {
    seats.tooManyInFlight(key);
  }

  /** Whether the database refuses a change for the first time since a request got a key. */
  boolean firstRefusal() {
    return refusing.compareAndSet(false, true);
  }

  /**
   * @param ended whether the request needs no key any more; asked when it is its turn
   */
  SeatGrant take(SeatRequest request, BooleanSupplier ended) throws InterruptedException {
    var place = places.computeIfAbsent(request.request().tokenId(), SeatPlaces::none);
    if (!place.tryAcquire(WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
      return new SeatGrant.Unavailable(
          "This access token has "
              + MOST_OF_TOKEN
              + " requests that wait for a key. Try again in a moment.");
    }
    try {
      if (ended.getAsBoolean()) {
        return new SeatGrant.Unavailable("The request ended while it waited for a key.");
      }
      var grant = seats.take(request);
      if (grant instanceof SeatGrant.Granted) {
        refusing.set(false);
      }
      return grant;
    } finally {
      place.release();
    }
  }
}
