package dev.keywheel.gateway.call;

import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.SeatRequest;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeatPlacesTest {
  @AutoClose private final TestPool pool = new TestPool();
  private final GatewayLedger ledger =
      new GatewayLedger(
          pool.database,
          new SettingsStore(pool.database),
          pool.ids.next(),
          pool.clock,
          Delayer.real());
  private final SeatPlaces places =
      new SeatPlaces(new Seats(pool.database, pool.pool.rotation(), ledger, pool.ids, pool.clock));

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
  void one_token_does_not_fill_the_line_before_another() {
    var threads = new ArrayList<Thread>();
    Executor start = task -> threads.add(Thread.ofVirtual().start(task));
    UUID greedy = UUID.randomUUID();

    var modest =
        pool.database.inTx(
            tx -> {
              pool.pool.rotation().lock(tx, pool.id);
              IntStream.range(0, 80).forEach(_ -> supplyAsync(() -> take(greedy, false), start));
              awaitWaiting(threads);
              var last = supplyAsync(() -> take(UUID.randomUUID(), false), start);
              awaitWaiting(threads);
              return last;
            });

    assertThat(seat(modest)).isLessThanOrEqualTo(SeatPlaces.MOST_OF_TOKEN + 1L);
    Await.until("all have a key", () -> attempts() == 81);
  }

  @Test
  void a_request_that_ended_while_it_waited_takes_no_key() {
    assertThat(take(UUID.randomUUID(), true)).isInstanceOf(SeatGrant.Unavailable.class);

    assertThat(attempts()).isZero();
  }

  private long attempts() {
    return pool.database.read(
        dsl -> dsl.fetchSingle("select count(*) from gateway_attempts").get(0, Long.class));
  }

  private static void awaitWaiting(List<Thread> threads) {
    Await.until(
        "all wait for a key",
        () -> threads.stream().allMatch(t -> t.getState() == Thread.State.TIMED_WAITING));
  }

  private static long seat(CompletableFuture<SeatGrant> grant) {
    return ((SeatGrant.Granted) grant.join()).seat();
  }

  private SeatGrant take(UUID token, boolean ended) {
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
      return places.take(
          new SeatRequest(
              request, null, TokenScope.ALL, true, 1, pool.id, "maker/model", Set.of(), null),
          () -> ended);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
