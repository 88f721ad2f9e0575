package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.seat.TestSeats;
import dev.keywheel.gateway.seat.TriedKeys;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.TimeLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeatAdmissionTest {
  @AutoClose private final TestPool pool = new TestPool();
  private final GatewayLedger ledger = TestSeats.ledger(pool);
  private final SeatAdmission admission =
      new SeatAdmission(TestSeats.seats(pool, pool.database, ledger));

  private final List<Thread> threads = new ArrayList<>();
  private final Executor start = task -> threads.add(Thread.ofVirtual().start(task));
  private final Cancellation cancellation = new Cancellation();

  @BeforeEach
  void start() {
    pool.add(1);
    ledger.start(() -> {});
  }

  @AfterEach
  void stop() {
    ledger.stop(Duration.ofSeconds(10));
  }

  @Test
  void the_requests_of_one_token_do_not_delay_those_of_another() {
    UUID greedy = UUID.randomUUID();

    var modest =
        pool.database.inTx(
            tx -> {
              pool.pool.rotation().lock(tx, pool.id);
              IntStream.range(0, 80).forEach(_ -> supplyAsync(() -> take(greedy), start));
              awaitWaiting();
              var last = supplyAsync(() -> take(UUID.randomUUID()), start);
              awaitWaiting();
              return last;
            });

    assertThat(rotationNumber(modest)).isLessThanOrEqualTo(SeatAdmission.MAX_PER_TOKEN + 1L);
    Await.until("all have a key", () -> attempts() == 81);
  }

  @Test
  void a_cancelled_request_takes_no_key() {
    cancellation.cancel(Reason.STOPPING);

    assertThat(take(UUID.randomUUID())).isInstanceOf(SeatGrant.Unavailable.class);

    assertThat(attempts()).isZero();
  }

  @Test
  void a_cancellation_ends_the_wait_for_a_slot_and_the_next_request_gets_the_slot()
      throws Exception {
    var queue = new SeatAdmission.TokenQueue(new TimeLimits());
    fill(queue);
    var gone = supplyAsync(() -> enters(queue, cancellation), start);
    awaitWaiting();
    var next = supplyAsync(() -> enters(queue, new Cancellation()), start);
    awaitWaiting();

    cancellation.cancel(Reason.CLIENT_GONE);
    assertThat(gone.join()).isFalse();
    assertThat(next).isNotDone();

    queue.leave();
    assertThat(next.join()).isTrue();
    assertThat(queue.enter(new Cancellation(), Duration.ZERO)).as("no slot is left").isFalse();
  }

  @Test
  void a_cancellation_ends_the_wait_for_a_key_and_its_attempt_is_not_sent() {
    pool.database.runTx(
        tx -> {
          pool.pool.rotation().lock(tx, pool.id);
          var gone = supplyAsync(() -> take(UUID.randomUUID()), start);
          Await.until("it waits for the pool", () -> waitsForPool(tx));

          cancellation.cancel(Reason.CLIENT_GONE);

          assertThat(gone.join()).isEqualTo(new SeatGrant.Unavailable(Seats.CANCELLED));
        });

    Await.until("its attempt is closed", () -> attempts() == 1 && attempts("not_sent") == 1);
  }

  @Test
  void the_wait_for_a_slot_counts_from_the_arrival_except_for_a_repetition() {
    assertThat(SeatAdmission.slotWait(Duration.ZERO)).isEqualTo(CallOptions.START_BUDGET);
    assertThat(SeatAdmission.slotWait(Duration.ofSeconds(18))).isEqualTo(Duration.ofSeconds(12));
    assertThat(SeatAdmission.slotWait(Duration.ofMinutes(2)))
        .isEqualTo(SeatAdmission.MIN_SLOT_WAIT);
    assertThat(take(UUID.randomUUID(), Duration.ofMinutes(2)))
        .isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void a_request_that_gets_its_slot_at_once_has_no_time_limit() throws Exception {
    var limited = new AtomicInteger();
    var limits =
        new TimeLimits(
            task -> {
              limited.incrementAndGet();
              return Thread.ofVirtual().unstarted(task);
            });
    var queue = new SeatAdmission.TokenQueue(limits);

    fill(queue);
    assertThat(limited).as("threads that watch limits").hasValue(0);

    assertThat(queue.enter(new Cancellation(), Duration.ZERO)).isFalse();
    assertThat(limited).hasPositiveValue();
  }

  private static void fill(SeatAdmission.TokenQueue queue) throws InterruptedException {
    for (int i = 0; i < SeatAdmission.MAX_PER_TOKEN; i++) {
      assertThat(queue.enter(new Cancellation(), Duration.ZERO)).isTrue();
    }
  }

  private static boolean enters(SeatAdmission.TokenQueue queue, Cancellation cancellation) {
    try {
      return queue.enter(cancellation, Duration.ofDays(1));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private long attempts() {
    return pool.database.read(
        dsl -> dsl.fetchSingle("select count(*) from gateway_attempts").get(0, Long.class));
  }

  private long attempts(String state) {
    return pool.database.read(
        dsl ->
            dsl.fetchSingle("select count(*) from gateway_attempts where state = {0}", val(state))
                .get(0, Long.class));
  }

  private static boolean waitsForPool(Tx tx) {
    return tx.dsl()
        .fetchSingle(
            """
            select exists (
              select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))
            """)
        .get(0, Boolean.class);
  }

  private void awaitWaiting() {
    Await.until(
        "all wait for a key", () -> threads.stream().allMatch(SeatAdmissionTest::waitsOrHasEnded));
  }

  private static boolean waitsOrHasEnded(Thread thread) {
    return switch (thread.getState()) {
      case WAITING, TIMED_WAITING, TERMINATED -> true; // waits for a key or a slot
      case NEW, RUNNABLE, BLOCKED -> false;
    };
  }

  private long rotationNumber(CompletableFuture<SeatGrant> grant) {
    UUID attempt = ((SeatGrant.Granted) grant.join()).attemptId();
    return pool.database.read(
        dsl -> dsl.fetchValue(GATEWAY_ATTEMPTS.SEAT, GATEWAY_ATTEMPTS.ID.eq(attempt)));
  }

  private SeatGrant take(UUID token) {
    return take(token, Duration.ZERO);
  }

  private SeatGrant take(UUID token, Duration elapsed) {
    var request =
        new GatewayRequest(
            pool.ids.next(),
            pool.workspace,
            token,
            "token",
            GatewayOperation.CHAT,
            "maker/model",
            false,
            "192.0.2.1",
            null,
            null,
            pool.clock.instant());
    try {
      return admission.take(
          new SeatRequest(
              request,
              null,
              TokenScope.ALL,
              true,
              1,
              pool.id,
              "maker/model",
              new TriedKeys(),
              null),
          cancellation,
          elapsed);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
