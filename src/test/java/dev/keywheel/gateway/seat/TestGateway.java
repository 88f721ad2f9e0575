package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.ledger.AttemptOutcome;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.ledger.RequestOutcome;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.Usage;
import dev.keywheel.support.TestPool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A node of the gateway without HTTP: seats and ledger over a test's pool. */
final class TestGateway implements AutoCloseable {
  static final String MODEL = "maker/model:free";
  static final Usage USAGE = new Usage(10, 5, 0, new BigDecimal("0.25"), true);

  final TestPool pool;
  final GatewayLedger ledger;
  final Seats seats;
  final UUID token = UUID.randomUUID();
  final UUID secret = UUID.randomUUID();

  TestGateway(TestPool pool) {
    this(pool, pool.database);
  }

  /** A node with its own database connections. */
  TestGateway(TestPool pool, Database database) {
    this(pool, database, () -> {});
  }

  TestGateway(TestPool pool, Database database, Runnable upkeep) {
    this.pool = pool;
    this.ledger = TestSeats.ledger(pool, database);
    this.seats = TestSeats.seats(pool, database, ledger);
    ledger.start(upkeep);
  }

  GatewayRequest request(UUID tokenId) {
    return new GatewayRequest(
        pool.ids.next(),
        pool.workspace,
        tokenId,
        "token",
        GatewayOperation.CHAT,
        MODEL,
        false,
        "192.0.2.1",
        "agent",
        null,
        pool.clock.instant());
  }

  SeatRequest first(TokenScope scope) {
    return first(scope, MODEL);
  }

  SeatRequest first(TokenScope scope, String model) {
    return new SeatRequest(
        request(token), secret, scope, true, 1, pool.id, model, new TriedKeys(), null);
  }

  SeatGrant take() {
    return take(first(TokenScope.ALL));
  }

  SeatGrant take(SeatRequest request) {
    try {
      return seats.take(request);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  SeatGrant.Granted granted(SeatRequest request) {
    return (SeatGrant.Granted) take(request);
  }

  /** Records an answer of the provider. */
  void answered(SeatGrant.Granted granted) {
    ledger.recordEnd(
        new AttemptOutcome(
            granted.attemptId(),
            granted.key().id(),
            GatewayAttemptState.OK,
            200,
            "answer",
            USAGE,
            120,
            40,
            "gen-1",
            pool.clock.instant()));
  }

  /** Records that nothing was sent with the key. */
  void notSent(SeatGrant.Granted granted) {
    ledger.recordEnd(
        AttemptOutcome.notSent(granted.attemptId(), granted.key().id(), pool.clock.instant()));
  }

  void close(GatewayRequest request, boolean limited) {
    var outcome =
        new RequestOutcome(
            GatewayRequestState.OK,
            200,
            null,
            pool.id.provider(),
            MODEL,
            null,
            null,
            1,
            USAGE,
            45,
            pool.clock.instant());
    ledger.close(request, outcome, limited);
  }

  /** The keys of all attempts, in the order of their seats. */
  static List<UUID> keysBySeat(Database database) {
    return database.read(
        dsl ->
            dsl.select(GATEWAY_ATTEMPTS.KEY_ID)
                .from(GATEWAY_ATTEMPTS)
                .orderBy(GATEWAY_ATTEMPTS.SEAT)
                .fetch(GATEWAY_ATTEMPTS.KEY_ID));
  }

  @Override
  public void close() {
    ledger.stop(Duration.ofSeconds(10));
  }
}
