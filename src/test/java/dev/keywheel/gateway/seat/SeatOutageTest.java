package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.ledger.TestOutcomes;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.UnsteadyDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Seats and outcomes while the database is temporarily unavailable. */
@Tag("full")
class SeatOutageTest {
  private static final int FULL = 20_000;
  private static final String TRIED_TWICE = "select last_value > 1 from tried";

  private final TestPool pool = new TestPool();
  private final AtomicInteger refusals = new AtomicInteger();
  private final UnsteadyDatabase unsteady =
      new UnsteadyDatabase(pool.test.address().jdbcUrl(), refusals);
  private final TestGateway gateway = new TestGateway(pool, new Database(unsteady));

  @AfterEach
  void close() {
    refusals.set(0);
    gateway.close();
    pool.close();
  }

  @Test
  void nothing_is_sent_for_an_attempt_whose_commit_broke() {
    pool.add(1);
    unsteady.loseTheNextConfirmationOf("insert into gateway_attempts");

    assertThat(gateway.take()).isInstanceOf(SeatGrant.Unavailable.class);

    Await.until("the stored attempt is closed", () -> states().containsKey("not_sent"));
    assertThat(states()).isEqualTo(Map.of("not_sent", 1));
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void a_key_is_assigned_with_the_time_at_which_the_pool_was_locked() throws Exception {
    pool.add(1);

    assertThat(takeWhileLocked(Duration.ofSeconds(4))).isInstanceOf(SeatGrant.Granted.class);

    var opened =
        pool.database.read(
            dsl ->
                dsl.select(GATEWAY_ATTEMPTS.OPENED_AT)
                    .from(GATEWAY_ATTEMPTS)
                    .fetchSingle(GATEWAY_ATTEMPTS.OPENED_AT));
    assertThat(opened).isEqualTo(pool.clock.instant());
  }

  @Test
  void a_key_is_assigned_whose_exclusion_ended_while_its_request_waited_for_the_pool()
      throws Exception {
    UUID key = pool.add(1).getFirst();
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
    pool.database.runTx(
        tx -> KeyModels.exclude(tx, key, TestGateway.MODEL, "cut off", pool.clock.instant()));

    assertThat(takeWhileLocked(Duration.ofDays(1))).isInstanceOf(SeatGrant.Granted.class);
  }

  /** The grant of a request that waits for a lock of the pool for this time. */
  private SeatGrant takeWhileLocked(Duration wait) throws Exception {
    var waiting =
        pool.database.inTx(
            tx -> {
              pool.pool.rotation().lock(tx, pool.id);
              var taken = CompletableFuture.supplyAsync(gateway::take);
              Await.until(
                  "the request waits for the pool", () -> TestDatabase.anotherWaitsForLock(tx));
              pool.clock.tick(wait);
              return taken;
            });
    return waiting.get();
  }

  @Test
  void outcomes_wait_for_the_database_and_no_request_begins_without_it() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    refusals.set(Integer.MAX_VALUE);
    gateway.answered(granted);
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Unavailable.class);
    assertThat(gateway.ledger.waiting()).isEqualTo(1);

    refusals.set(0);

    Await.until("the outcome is stored", () -> states().equals(Map.of("ok", 1)));
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void a_request_continues_although_the_calls_of_a_limited_key_cannot_be_counted() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    refusals.set(Integer.MAX_VALUE);

    assertThatCode(() -> gateway.seats.recordTooManyInFlight(granted.key()))
        .doesNotThrowAnyException();
  }

  @Test
  void a_request_that_waited_too_long_does_not_report_a_database_outage() {
    var pending = new PendingSeat(gateway.first(TokenScope.ALL), new CompletableFuture<>());
    pending.timeOut();
    assertThat(((SeatGrant.Unavailable) pending.grant().join()).why())
        .startsWith("The gateway's database did not answer in time");
  }

  @ParameterizedTest
  @CsvSource({
    "53100, The disk of the gateway's database is full",
    "25006, The gateway's database is read-only",
    "57P01, The gateway cannot reach its database",
    "42501, The gateway's database could not serve the request"
  })
  void the_refusal_names_the_cause_of_the_database_failure(String state, String cause) {
    pool.add(1);
    pool.test.asOwner(
        "create function refuse() returns trigger language plpgsql as $$ begin"
            + " raise exception using errcode = '"
            + state
            + "'; end $$");
    pool.test.asOwner(
        "create trigger refuse before insert on gateway_attempts"
            + " for each statement execute function refuse()");

    assertThat(((SeatGrant.Unavailable) gateway.take()).why()).startsWith(cause);
  }

  @ParameterizedTest
  @ValueSource(strings = {"53100", "25006", "42501"})
  void no_outcome_is_dropped_while_the_database_refuses_all_writes(String state) {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    pool.test.asOwner("create sequence tried");
    pool.test.asOwner(
        "create function refuse() returns trigger language plpgsql security definer as $$ begin"
            + " perform nextval('tried'); raise exception using errcode = '"
            + state
            + "'; end $$");
    pool.test.asOwner(
        "create trigger refuse before update on gateway_attempts"
            + " for each statement execute function refuse()");
    gateway.answered(granted);
    Await.until(
        "storing was tried again",
        () -> pool.test.asOwner().read(dsl -> dsl.fetchSingle(TRIED_TWICE).get(0, Boolean.class)));

    pool.test.asOwner("drop trigger refuse on gateway_attempts");

    Await.until("the outcome is stored", () -> states().equals(Map.of("ok", 1)));
  }

  @Test
  void an_outcome_that_cannot_be_stored_does_not_hold_up_the_others() {
    pool.add(2);
    var bad = gateway.granted(gateway.first(TokenScope.ALL));
    var good = gateway.granted(gateway.first(TokenScope.ALL));
    pool.test.asOwner(
        "alter table gateway_attempts add check (state <> 'ok' or key_name <> 'key1')");

    gateway.answered(bad);
    gateway.answered(good);

    Await.until("the valid one is stored", () -> states().equals(Map.of("ok", 1, "sent", 1)));
    Await.until("the invalid one is dropped", () -> gateway.ledger.waiting() == 0);
  }

  @Test
  void no_request_begins_while_too_many_outcomes_wait() {
    pool.add(1);
    refusals.set(Integer.MAX_VALUE);
    for (int i = 0; i < FULL; i++) {
      gateway.ledger.recordEnd(TestOutcomes.answered(pool.ids.next(), pool.clock.instant()));
    }
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Unavailable.class);
    assertThat(gateway.ledger.waiting()).isEqualTo(FULL); // refused before the database was queried

    refusals.set(0);

    Await.until("all outcomes are stored", () -> gateway.ledger.waiting() == 0);
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void every_call_has_its_row_when_commits_break_under_load() {
    pool.add(7);
    Map<UUID, SeatGrant.Granted> given = new ConcurrentHashMap<>();
    var requests = new AtomicInteger();
    var refused = new AtomicInteger();
    unsteady.breakEvery(5);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < 16; client++) {
        threads.submit(
            () -> {
              for (int i = 0; i < 12 || (refused.get() == 0 && i < 1_000); i++) {
                requests.incrementAndGet();
                if (gateway.take() instanceof SeatGrant.Granted granted) {
                  given.put(granted.attemptId(), granted);
                  gateway.answered(granted);
                } else {
                  refused.incrementAndGet();
                }
              }
            });
      }
    }
    unsteady.breakEvery(0);
    Await.until("all outcomes are stored", () -> gateway.ledger.waiting() == 0);

    assertThat(refused.get()).isPositive();
    assertThat(given.size() + refused.get())
        .isEqualTo(requests.get())
        .isGreaterThanOrEqualTo(16 * 12);
    var rows = pool.database.read(dsl -> dsl.selectFrom(GATEWAY_ATTEMPTS).fetch());
    assertThat(rows.getValues(GATEWAY_ATTEMPTS.ID)).containsAll(given.keySet());
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.get(GATEWAY_ATTEMPTS.STATE))
                    .isEqualTo(
                        given.containsKey(row.get(GATEWAY_ATTEMPTS.ID)) ? "ok" : "not_sent"));
    var keys = pool.pool.rotation().findAll(pool.id, 7);
    assertThat(keys.stream().mapToLong(key -> key.calls()).sum()).isEqualTo(given.size());
  }

  /** The number of attempts by state. */
  private Map<String, Integer> states() {
    return pool.database.read(
        dsl ->
            dsl.fetch("select state, count(*) from gateway_attempts group by state")
                .intoMap(row -> row.get(0, String.class), row -> row.get(1, Integer.class)));
  }
}
