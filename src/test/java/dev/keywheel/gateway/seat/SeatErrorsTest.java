package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.support.Await;
import dev.keywheel.time.Delayer;
import dev.keywheel.time.TimeLimits;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Seats while the process temporarily has no memory or threads left. */
class SeatErrorsTest extends SeatsOnOneNode {
  @Test
  void a_pool_is_served_again_after_no_thread_could_be_started_for_it() throws Exception {
    pool.add(1);
    var starts = new AtomicBoolean();
    var seats =
        seats(
            task -> {
              if (!starts.getAndSet(true)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              task.run();
            },
            new TimeLimits(),
            pool.clock);

    assertThatThrownBy(() -> seats.take(gateway.first(TokenScope.ALL)))
        .isInstanceOf(OutOfMemoryError.class);

    assertThat(seats.take(gateway.first(TokenScope.ALL))).isInstanceOf(SeatGrant.Granted.class);
    assertThat(states()).as("nothing for the request that failed").hasSize(1);
  }

  @Test
  void a_key_is_not_in_use_after_no_thread_could_be_started_for_the_time_limit_of_its_request() {
    pool.add(1);
    var limits =
        new TimeLimits(
            _ -> {
              throw new OutOfMemoryError("unable to create native thread");
            });
    var seats = seats(Runnable::run, limits, pool.clock);

    assertThatThrownBy(() -> seats.take(gateway.first(TokenScope.ALL)))
        .isInstanceOf(OutOfMemoryError.class);

    Await.until("the attempt is closed", () -> states().containsValue("not_sent"));
  }

  @Test
  void an_error_refuses_the_waiting_requests_and_closes_only_their_attempts() throws Exception {
    pool.add(1);
    var task = new AtomicReference<Runnable>();
    var seats =
        seats(
            task::set,
            new TimeLimits(),
            () -> {
              throw new OutOfMemoryError("Java heap space");
            });
    var given = take(seats, request(1));
    var replaced = take(seats, request(2)); // logging it causes the error
    var late = take(seats, request(1));

    assertThatThrownBy(() -> requireNonNull(task.get()).run()).isInstanceOf(OutOfMemoryError.class);

    var granted = (SeatGrant.Granted) given.get();
    assertThat(replaced.get()).isInstanceOf(SeatGrant.Granted.class);
    assertThat(late.get()).isInstanceOf(SeatGrant.Unavailable.class);
    Await.until("the attempt is closed", () -> states().containsValue("not_sent"));
    assertThat(states()).hasSize(3).containsEntry(granted.attemptId(), "sent");
  }

  @Test
  void a_key_that_is_granted_while_its_request_is_interrupted_is_not_in_use() {
    pool.add(1);
    SeatRequest request = gateway.first(TokenScope.ALL);
    SeatGrant granted = gateway.granted(request);

    gateway.seats.leave(new PendingSeat(request, CompletableFuture.completedFuture(granted)));

    Await.until("the attempt is closed", () -> states().containsValue("not_sent"));
  }

  private Seats seats(Executor serving, TimeLimits limits, InstantSource logClock) {
    var log = new GatewayLog(pool.database, new ExecutionLog(pool.database), logClock);
    return new Seats(
        pool.database,
        pool.pool.rotation(),
        gateway.ledger,
        log,
        pool.ids,
        pool.clock,
        Delayer.real(),
        new PauseProbes(),
        serving,
        limits,
        TestSeats.PATIENT);
  }

  private SeatRequest request(int attemptNumber) {
    return new SeatRequest(
        gateway.request(gateway.token),
        null,
        TokenScope.ALL,
        attemptNumber == 1,
        attemptNumber,
        pool.id,
        TestGateway.MODEL,
        new TriedKeys(),
        null);
  }

  /** Returns when the request waits for a key. */
  private static FutureTask<SeatGrant> take(Seats seats, SeatRequest request) {
    var taken = new FutureTask<>(() -> seats.take(request));
    var thread = Thread.ofPlatform().daemon().start(taken);
    Await.until("the request waits", () -> thread.getState() == Thread.State.WAITING);
    return taken;
  }

  private Map<UUID, String> states() {
    return pool.database.read(
        dsl ->
            dsl.select(GATEWAY_ATTEMPTS.ID, GATEWAY_ATTEMPTS.STATE)
                .from(GATEWAY_ATTEMPTS)
                .fetchMap(GATEWAY_ATTEMPTS.ID, GATEWAY_ATTEMPTS.STATE));
  }
}
