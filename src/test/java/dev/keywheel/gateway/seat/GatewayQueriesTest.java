package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.gateway.ledger.GatewayRequestFilter;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("full")
class GatewayQueriesTest extends SeatsOnOneNode {
  private static final GatewayRequestFilter ALL = new GatewayRequestFilter(null, null, null, null);

  private final GatewayQueries queries = new GatewayQueries(pool.database);

  @Test
  void a_request_in_flight_shows_its_last_attempt() {
    pool.add(2);
    var first = gateway.first(TokenScope.ALL);
    gateway.granted(first);
    gateway.granted(
        new SeatRequest(
            first.request(),
            null,
            TokenScope.ALL,
            false,
            2,
            pool.id,
            "maker/second:free",
            new TriedKeys(),
            null));

    var row = queries.request(pool.workspace, first.request().id()).orElseThrow();

    assertThat(row.inFlight()).isTrue();
    assertThat(row.attempts()).isEqualTo(2);
    assertThat(row.keyName()).isEqualTo("key2");
    assertThat(row.model()).isEqualTo("maker/second:free");
    assertThat(queries.attempts(pool.workspace, row.id()))
        .extracting(attempt -> attempt.keyName() + " " + attempt.no())
        .containsExactly("key1 1", "key2 2");
    assertThat(queries.request(UUID.randomUUID(), row.id())).isEmpty();
    assertThat(queries.attempts(UUID.randomUUID(), row.id())).isEmpty();
  }

  @Test
  void requests_are_listed_newest_first_on_several_pages() {
    pool.add(1);
    var ids = new ArrayList<UUID>();
    for (int i = 0; i < 5; i++) {
      var request = gateway.first(TokenScope.ALL);
      gateway.granted(request);
      ids.addFirst(request.request().id());
      pool.clock.tick(Duration.ofSeconds(1));
    }

    var first = requests(ALL, null, 3);
    var second = requests(ALL, first.getLast(), 3);

    assertThat(first).isEqualTo(ids.subList(0, 3));
    assertThat(second).isEqualTo(ids.subList(3, 5));
    var key = pool.pool.rotation().findAll(pool.id, 1).getFirst().id();
    var used = queries.ofKey(pool.workspace, key, null, 3);
    assertThat(queries.ofKey(pool.workspace, key, used.getLast().id(), 3)).hasSize(2);
  }

  @Test
  void requests_are_filtered_by_state_token_and_model() {
    pool.add(1);
    var open = gateway.first(TokenScope.ALL);
    gateway.granted(open);
    var ended = gateway.first(TokenScope.ALL);
    var granted = gateway.granted(ended);
    gateway.answered(granted);
    gateway.close(ended.request(), false);
    Await.until("the request is stored", () -> gateway.ledger.waiting() == 0);

    assertThat(found(GatewayRequestState.OK, gateway.token, TestGateway.MODEL))
        .containsExactly(ended.request().id());
    assertThat(found(GatewayRequestState.IN_FLIGHT, null, null))
        .containsExactly(open.request().id());
    assertThat(found(null, UUID.randomUUID(), null)).isEmpty();
    assertThat(found(null, null, "maker/other")).isEmpty();
    var attempt = queries.attempts(pool.workspace, ended.request().id()).getFirst();
    assertThat(attempt.state()).isEqualTo(GatewayAttemptState.OK);
    assertThat(attempt.cost()).isEqualByComparingTo("0.25");
    var counts = queries.counts(pool.workspace, pool.clock.instant().minusSeconds(3600));
    assertThat(counts.inFlight()).isEqualTo(1);
    assertThat(counts.byOutcome()).containsEntry("Answered", 1);
    assertThat(counts.total()).isEqualTo(1);
  }

  @Test
  void each_state_of_an_ended_request_is_counted_separately() {
    pool.add(1);
    var request = gateway.first(TokenScope.ALL);
    gateway.answered(gateway.granted(request));
    gateway.close(request.request(), false);
    Await.until("the request is stored", () -> gateway.ledger.waiting() == 0);
    for (String state : List.of("failed", "truncated", "truncated")) {
      pool.test.asOwner(
          """
          insert into gateway_requests
          select (jsonb_populate_record(r, jsonb_build_object('id', uuidv7(), 'state', '%s'))).*
            from gateway_requests r where state = 'ok'"""
              .formatted(state));
    }

    var counts = queries.counts(pool.workspace, pool.clock.instant().minusSeconds(3600));

    assertThat(counts.total()).isEqualTo(4);
    assertThat(counts.byOutcome())
        .containsEntry("Answered", 1)
        .containsEntry("Failed", 1)
        .containsEntry("Truncated", 2);
  }

  @ParameterizedTest
  @CsvSource({"9999, false", "10000, false", "10001, true"})
  void counting_stops_at_ten_thousand_requests(int ended, boolean more) {
    pool.add(1);
    var request = gateway.first(TokenScope.ALL);
    gateway.answered(gateway.granted(request));
    gateway.close(request.request(), false);
    Await.until("the request is stored", () -> gateway.ledger.waiting() == 0);
    pool.test.asOwner(
        """
        insert into gateway_requests
        select (jsonb_populate_record(r, jsonb_build_object('id', uuidv7()))).*
          from gateway_requests r, generate_series(2, %d)"""
            .formatted(ended));

    var counts = queries.counts(pool.workspace, pool.clock.instant().minusSeconds(3600));

    assertThat(counts.total()).isEqualTo(Math.min(ended, 10_000));
    assertThat(counts.capped()).isEqualTo(more);
  }

  private List<UUID> found(GatewayRequestState state, UUID token, String model) {
    return requests(new GatewayRequestFilter(state, null, token, model), null, 10);
  }

  private List<UUID> requests(GatewayRequestFilter filter, UUID before, int limit) {
    return queries.requests(pool.workspace, filter, before, limit).stream()
        .map(GatewayRequestRow::id)
        .toList();
  }
}
