package dev.keywheel.gateway.seat;

import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.support.Await;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that get their keys in one transaction. */
class SeatBatchTest extends SeatsOnOneNode {
  @Test
  void requests_served_together_get_different_keys_although_one_is_excluded() {
    var keys = pool.add(5);
    exclude(keys.getFirst());

    assertThat(served(4)).isEqualTo(keys.subList(1, 5));
  }

  @Test
  void more_requests_than_keys_get_each_key_in_turn_although_one_is_excluded() {
    var keys = pool.add(4);
    exclude(keys.getFirst());

    assertThat(served(4)).containsExactly(keys.get(1), keys.get(2), keys.get(3), keys.get(1));
    assertThat(served(2)).containsExactly(keys.get(2), keys.get(3));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 8, 64})
  void the_keys_of_requests_are_read_once_although_the_first_is_excluded(int requests) {
    var keys = pool.add(requests + 2);
    exclude(keys.getFirst());
    var statements = new Statements();

    assertThat(served(statements.over(pool.database), requests))
        .isEqualTo(keys.subList(1, requests + 1));
    assertThat(statements.matching(sql -> sql.contains("union all select null"))).hasSize(1);
  }

  @Test
  void a_batch_takes_two_round_trips_where_no_setting_restricted_the_last_one() {
    pool.add(3);
    var batch = batch();
    fill(batch, pool.database, 1);
    var statements = new Statements();

    fill(batch, statements.over(pool.database), 2);

    assertThat(statements.matching(_ -> true))
        .satisfiesExactly(
            first -> assertThat(first).contains("update pools", "; select keys"),
            last -> assertThat(last).contains("insert into gateway_attempts").endsWith("; commit"));
  }

  @Test
  void a_setting_changed_since_the_last_batch_applies_to_the_next_one() {
    pool.add(1);
    var batch = batch();
    fill(batch, pool.database, 1);

    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
    assertThat(fill(batch, pool.database, 1)).first().isInstanceOf(SeatGrant.AllBusy.class);

    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 0));
    assertThat(fill(batch, pool.database, 2)).hasOnlyElementsOfType(SeatGrant.Granted.class);
    pool.pause(pool.clock.instant().plusSeconds(60));
    assertThat(fill(batch, pool.database, 1)).first().isInstanceOf(SeatGrant.NoKey.class);
  }

  @Test
  void a_limit_lowered_while_a_batch_waits_for_the_pool_applies_to_this_batch() {
    UUID key = pool.add(1).getFirst();
    var calls = new CallsPerKey();
    var batch = batch(calls);
    fill(batch, pool.database, 1);

    var waiting =
        pool.database.inTx(
            tx -> {
              pool.pool.rotation().lock(tx, pool.id);
              var filled = supplyAsync(() -> fill(batch, pool.database, 1));
              Await.until("the batch waits", () -> TestDatabase.anotherWaitsForLock(tx));
              calls.lowerLimit(key, 2, pool.clock.instant());
              return filled;
            });

    assertThat(waiting.join()).first().isInstanceOf(SeatGrant.AllBusy.class);
  }

  @Test
  void a_request_that_has_given_up_gets_no_key_and_takes_no_slot_of_its_token() {
    pool.add(1);
    var log = TestSeats.log(pool, pool.database);
    var runner = new SeatBatchRunner(pool.database, batch(), gateway.ledger, log, pool.clock);
    var scope =
        new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 1, null, List.of(), true);
    var gaveUp = new PendingSeat(gateway.first(scope), new CompletableFuture<>());
    gaveUp.timeOut();
    var waiting = new PendingSeat(gateway.first(scope), new CompletableFuture<>());

    runner.serve(pool.id, List.of(gaveUp));
    assertThat(TestGateway.keysBySeat(pool.database)).isEmpty();
    runner.serve(pool.id, List.of(gaveUp, waiting));

    assertThat(waiting.grant().join()).isInstanceOf(SeatGrant.Granted.class);
    assertThat(TestGateway.keysBySeat(pool.database)).hasSize(1);
  }

  private void exclude(UUID key) {
    pool.database.runTx(
        tx -> KeyModels.exclude(tx, key, TestGateway.MODEL, "cut off", pool.clock.instant()));
  }

  private List<UUID> served(int requests) {
    return served(pool.database, requests);
  }

  private List<UUID> served(Database database, int requests) {
    return fill(batch(), database, requests).stream()
        .map(grant -> ((SeatGrant.Granted) grant).key().id())
        .toList();
  }

  private List<SeatGrant> fill(SeatBatch batch, Database database, int requests) {
    var waiting = Stream.generate(() -> gateway.first(TokenScope.ALL)).limit(requests).toList();
    return database.inTx(tx -> batch.fill(tx, pool.id, waiting, new ArrayList<>()));
  }
}
