package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_NODES;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static dev.keywheel.db.schema.Tables.USAGE_HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.db.Database;
import dev.keywheel.gateway.ledger.GatewayDays;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.support.Await;
import dev.keywheel.support.TcpProxy;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.LoggerFactory;

/** Requests whose node died, and requests of days that have expired. */
@Tag("full")
class LedgerUpkeepTest {
  private final TestPool pool = new TestPool();
  private final TestGateway node = new TestGateway(pool);
  private final TestGateway killed = new TestGateway(pool);

  @BeforeEach
  void start() {
    pool.add(3);
  }

  @AfterEach
  void close() {
    killed.close();
    node.close();
    pool.close();
  }

  @Test
  void open_requests_of_a_dead_node_get_an_unknown_outcome() {
    var dead = killed.first(TokenScope.ALL);
    var left = killed.granted(dead);
    var alive = node.granted(node.first(TokenScope.ALL));
    run("gateway-unknown");
    assertThat(states()).containsExactly("sent", "sent");

    silence(killed);
    run("gateway-unknown");

    assertThat(states()).containsExactly("unknown", "sent");
    List<String> requests =
        pool.database.read(
            dsl ->
                dsl.select(GATEWAY_REQUESTS.STATE)
                    .from(GATEWAY_REQUESTS)
                    .orderBy(GATEWAY_REQUESTS.STATE)
                    .fetch(GATEWAY_REQUESTS.STATE));
    assertThat(requests).containsExactly("in_flight", "unknown");
    assertThat(unknown()).isEqualTo(1);
    var queries = new GatewayQueries(pool.database);
    var row = queries.request(pool.workspace, dead.request().id()).orElseThrow();
    assertThat(row.attempts()).isEqualTo(1);
    assertThat(row.keyName()).isEqualTo(left.key().name());
    var counts = queries.counts(pool.workspace, pool.clock.instant().minusSeconds(3_600));
    assertThat(counts.byOutcome()).containsEntry("Unknown", 1).containsEntry("Failed", 0);

    killed.answered(left); // it was only cut off from the database
    Await.until("the late outcome is stored", () -> states().equals(List.of("ok", "sent")));
    assertThat(unknown()).isZero();
    assertThat(alive.key().name()).isEqualTo("key2");
  }

  @Test
  void old_requests_that_a_node_lost_get_an_unknown_outcome_but_not_those_in_flight() {
    node.take();
    var slow = node.first(TokenScope.ALL);
    node.ledger.inFlight().add(slow.request().id(), () -> {});
    node.granted(slow);
    pool.clock.tick(Duration.ofMinutes(119));
    node.take();

    pool.clock.tick(Duration.ofMinutes(11));

    Await.until("the first is closed", () -> states().equals(List.of("unknown", "sent", "sent")));
    Await.until("its request is closed", () -> unknown() == 1);
  }

  @Test
  void an_unknown_request_of_a_dead_node_has_the_cost_of_its_ended_attempts() {
    killed.granted(killed.first(TokenScope.ALL));
    node.take();
    pool.test.asOwner(
        "update gateway_attempts set state = 'ok', prompt_tokens = 7, cost = 0.5, cost_known = true");

    silence(killed);
    run("gateway-unknown");

    var stored =
        pool.database.read(
            dsl ->
                dsl.fetchValues(
                    "select state || ' ' || prompt_tokens || ' ' || cost::float8 || ' ' || cost_known"
                        + " from gateway_requests where state = 'unknown'"));
    assertThat(stored).hasToString("[unknown 7 0.5 true]");
  }

  @Test
  void a_database_that_stays_read_only_is_logged_once() {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(GatewayLedger.class);
    lines.start();
    log.setLevel(Level.DEBUG);
    node.take();
    Await.until("the node is stored", () -> nodes() == 1);
    log.addAppender(lines);
    try {
      pool.test.setReadOnly(true);
      pool.clock.tick(Duration.ofMinutes(1));
      Await.until("the failure was logged three times", () -> lines.list.size() > 2);
    } finally {
      pool.test.setReadOnly(false);
      log.detachAppender(lines);
      log.setLevel(null);
    }
    assertThat(lines.list).filteredOn(line -> line.getLevel() != Level.DEBUG).hasSize(1);
  }

  @Test
  void outcomes_are_stored_after_an_out_of_memory_error() {
    var failing = new AtomicBoolean(true);
    Runnable upkeep =
        () -> {
          if (failing.getAndSet(false)) {
            throw new OutOfMemoryError("thrown by the test");
          }
        };
    try (var recovered = new TestGateway(pool, pool.database, upkeep)) {
      recovered.answered(recovered.granted(recovered.first(TokenScope.ALL)));

      Await.until("the outcome is stored", () -> states().equals(List.of("ok")));
    }
    assertThat(failing).isFalse();
  }

  @Test
  void an_unsent_attempt_that_is_committed_late_is_closed() {
    var granted = node.granted(node.first(TokenScope.ALL));
    var row = pool.database.read(dsl -> dsl.fetchSingle(GATEWAY_ATTEMPTS));
    pool.database.runTx(tx -> tx.dsl().execute("delete from gateway_attempts"));
    node.notSent(granted);
    Await.until("the outcome has found no row", () -> node.ledger.waiting() == 0);

    pool.database.runTx(tx -> tx.dsl().insertInto(GATEWAY_ATTEMPTS).set(row.intoMap()).execute());
    pool.clock.tick(Duration.ofSeconds(5));

    Await.until("the attempt is closed", () -> states().equals(List.of("not_sent")));
  }

  @Test
  void an_attempt_that_is_committed_after_its_connection_was_lost_is_closed() throws Exception {
    var database = pool.test.address().jdbcUrl();
    var direct = URI.create(database.substring("jdbc:".length()));
    var source = new PGSimpleDataSource();
    try (var link = new TcpProxy(direct.getPort())) {
      source.setUrl(database.replace(":" + direct.getPort() + "/", ":" + link.port() + "/"));
      try (var cutOff = new TestGateway(pool, new Database(source))) {
        pool.database.runTx(
            tx -> {
              tx.dsl().execute("select from rotation_order for update");
              var taken = CompletableFuture.supplyAsync(cutOff::take);
              Await.until("storing the attempt waits", () -> TestDatabase.anotherWaitsForLock(tx));
              link.cut();
              assertThat(taken.join()).isInstanceOf(SeatGrant.Unavailable.class);
              Await.until("the outcome has found no row", () -> cutOff.ledger.waiting() == 0);
            });
        pool.clock.tick(Duration.ofSeconds(5));

        Await.until("the attempt is closed", () -> states().equals(List.of("not_sent")));
      }
    }
  }

  private int nodes() {
    return pool.database.read(dsl -> dsl.fetchCount(GATEWAY_NODES));
  }

  @Test
  void the_only_node_closes_the_requests_of_its_killed_predecessor() {
    killed.take();
    node.take();

    node.ledger.releaseAll();

    assertThat(states()).containsExactly("unknown", "sent");
  }

  @Test
  void a_request_gets_a_key_whose_calls_are_being_counted() {
    var first = node.granted(node.first(TokenScope.ALL));
    node.take();
    node.take();

    pool.database.runTx(
        tx -> {
          tx.dsl()
              .fetch("select from api_keys where id = {0} for update", DSL.val(first.key().id()));
          var again = CompletableFuture.supplyAsync(node::take).join();
          assertThat(again).isInstanceOf(SeatGrant.Granted.class);
          assertThat(((SeatGrant.Granted) again).key().id()).isEqualTo(first.key().id());
        });
  }

  @Test
  void daily_partitions_are_created_ahead_and_dropped_when_expired() {
    run("gateway-days");
    node.take();
    assertThat(days()).isEqualTo(6);
    assertThat(defaults()).isZero();

    pool.clock.tick(Duration.ofDays(29));
    run("gateway-days");
    assertThat(states()).hasSize(1);
    pool.clock.tick(Duration.ofDays(3));
    run("gateway-days");

    assertThat(states()).isEmpty();
  }

  @Test
  void rows_of_the_default_partition_are_removed_in_batches() {
    node.take();
    pool.clock.tick(Duration.ofHours(1));
    node.take();
    assertThat(defaults()).isEqualTo(2);
    Instant before = pool.clock.instant().minusSeconds(60);

    var removed = pool.database.inTx(tx -> GatewayDays.remove(tx, pool.workspace, before, null, 5));

    assertThat(removed.count()).isEqualTo(1);
    assertThat(removed.next()).isNull();
    assertThat(states()).hasSize(1);
  }

  @Test
  void expired_requests_are_removed_in_the_lock_order_of_the_partition_job() throws Exception {
    node.take();
    Instant before = pool.clock.instant().plusSeconds(1);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var removed = new AtomicReference<Future<RemovedRows>>();
      pool.database.runTx(
          tx -> {
            tx.dsl().execute("lock table gateway_requests_default in access exclusive mode");
            removed.set(
                executor.submit(
                    () ->
                        pool.database.inTx(
                            other -> GatewayDays.remove(other, pool.workspace, before, null, 5))));
            Await.until("the removal waits", () -> TestDatabase.anotherWaitsForLock(tx));
            tx.dsl().execute("set local lock_timeout = '500ms'"); // shorter than deadlock_timeout
            tx.dsl().execute("lock table gateway_attempts_default in access exclusive mode");
          });
      assertThat(removed.get().get().count()).isEqualTo(1);
    }
  }

  @Test
  void partitions_are_dropped_in_the_order_in_which_they_are_created() {
    pool.database.runTx(tx -> tx.dsl().fetch("select make_gateway_days(date '2020-01-01', 1)"));

    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      pool.database.runTx(
          tx -> {
            tx.dsl().execute("lock table gateway_requests_default in access exclusive mode");
            tx.dsl().execute("lock table gateway_attempts_default in access exclusive mode");
            assertThatThrownBy(
                    () -> executor.submit(() -> dropDays(LocalDate.of(2020, 2, 1))).get())
                .cause()
                .hasMessageContaining("lock timeout")
                .hasMessageContaining("drop table gateway_requests_d20200101");
          });
    }
  }

  private void dropDays(LocalDate firstKept) {
    pool.database.runTx(tx -> tx.dsl().fetch("select drop_gateway_days({0})", DSL.val(firstKept)));
  }

  private void run(String job) {
    node.ledger.jobs().stream()
        .filter(definition -> definition.name().equals(job))
        .map(Recurring.class::cast)
        .forEach(definition -> definition.work().run());
  }

  /** Makes the node look killed, as if its last heartbeat were a minute ago. */
  private void silence(TestGateway gone) {
    pool.clock.tick(Duration.ofMinutes(1));
    var now = pool.clock.instant();
    Await.until(
        "both nodes have sent a heartbeat",
        () ->
            pool.database.read(dsl -> dsl.fetchCount(GATEWAY_NODES, GATEWAY_NODES.SEEN_AT.eq(now)))
                == 2);
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(GATEWAY_NODES)
                .set(GATEWAY_NODES.SEEN_AT, now.minusSeconds(60))
                .where(GATEWAY_NODES.ID.eq(gone.ledger.node()))
                .execute());
  }

  /** The states of all attempts, in the order of their seats. */
  private List<String> states() {
    return pool.database.read(
        dsl ->
            dsl.select(GATEWAY_ATTEMPTS.STATE)
                .from(GATEWAY_ATTEMPTS)
                .orderBy(GATEWAY_ATTEMPTS.SEAT)
                .fetch(GATEWAY_ATTEMPTS.STATE));
  }

  private long unknown() {
    return pool.database.read(
        dsl -> dsl.selectFrom(USAGE_HOURS).fetchSingle().get(USAGE_HOURS.UNKNOWN));
  }

  private int days() {
    return number(
        "select count(*) from pg_class where relname ~ '^gateway_(requests|attempts)_d\\d{8}$'");
  }

  private int defaults() {
    return number("select count(*) from gateway_attempts_default");
  }

  private int number(String sql) {
    return pool.database.read(dsl -> dsl.fetchSingle(sql).get(0, Integer.class));
  }
}
