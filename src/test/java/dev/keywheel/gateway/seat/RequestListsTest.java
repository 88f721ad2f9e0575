package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_NODES;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.gateway.ledger.GatewayRequestFilter;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The lists of requests in flight and of those that did not end well. */
class RequestListsTest {
  private final TestPool pool = new TestPool();
  private final TestGateway node = new TestGateway(pool);
  private final TestGateway other = new TestGateway(pool);
  private final GatewayQueries queries = new GatewayQueries(pool.database);

  @BeforeEach
  void start() {
    pool.add(3);
  }

  @AfterEach
  void close() {
    other.close();
    node.close();
    pool.close();
  }

  @Test
  void an_outcome_changes_no_column_of_an_index() {
    run("gateway-unknown");
    run("gateway-days");
    var request = node.first(TokenScope.ALL);
    var granted = node.granted(request);
    var before = rows();

    node.answered(granted);
    node.close(request.request(), false);
    Await.until("both outcomes are stored", () -> node.ledger.waiting() == 0);

    for (int table = 0; table < before.size(); table++) {
      Record open = before.get(table);
      Record closed = rows().get(table);
      assertThat(indexed(List.of("gateway_requests", "gateway_attempts").get(table)))
          .contains("id")
          .doesNotContainAnyElementsOf(
              Stream.of(open.fields())
                  .filter(field -> !Objects.equals(open.get(field), closed.get(field)))
                  .map(field -> field.getName())
                  .toList());
    }
    assertThat(open()).isEmpty();
  }

  @Test
  void requests_in_flight_are_counted_and_found_over_all_nodes_until_they_are_closed() {
    var here = node.first(TokenScope.ALL);
    node.granted(here);
    pool.clock.tick(Duration.ofSeconds(1));
    var there = other.first(TokenScope.ALL);
    var first = other.granted(there);
    assertThat(inFlight()).isEqualTo(2);
    assertThat(found(GatewayRequestState.IN_FLIGHT))
        .containsExactly(there.request().id(), here.request().id());

    other.answered(first);
    other.close(there.request(), false);
    Await.until("the outcome is stored", () -> other.ledger.waiting() == 0);

    assertThat(inFlight()).isEqualTo(1);
    assertThat(found(GatewayRequestState.IN_FLIGHT)).containsExactly(here.request().id());
    assertThat(open()).containsExactly(here.request().id());
  }

  @Test
  void a_request_whose_state_becomes_known_later_is_found_by_that_state_only() {
    var request = other.first(TokenScope.ALL);
    var granted = other.granted(request);
    silence(other);
    run("gateway-unknown");
    assertThat(found(GatewayRequestState.UNKNOWN)).containsExactly(request.request().id());
    assertThat(open()).isEmpty();

    other.answered(granted);
    other.close(request.request(), false);
    Await.until("the outcome is stored", () -> other.ledger.waiting() == 0);

    assertThat(found(GatewayRequestState.UNKNOWN)).isEmpty();
    assertThat(found(GatewayRequestState.OK)).containsExactly(request.request().id());
  }

  @Test
  void the_list_of_unsuccessful_requests_ends_with_their_days() {
    run("gateway-days");
    var request = other.first(TokenScope.ALL);
    other.granted(request);
    silence(other);
    run("gateway-unknown");
    assertThat(unsuccessful()).isEqualTo(1);

    pool.clock.tick(Duration.ofDays(32));
    run("gateway-days");

    assertThat(unsuccessful()).isZero();
  }

  @Test
  void an_attempt_whose_outcome_cannot_be_stored_is_closed_after_its_node_ended() {
    run("gateway-unknown"); // lists no attempt of this node from now on
    pool.test.asOwner("alter table gateway_attempts add check (state <> 'ok')");
    var request = other.first(TokenScope.ALL);
    var granted = other.granted(request);
    other.answered(granted);
    other.close(request.request(), false);
    Await.until("the request is stored", () -> other.ledger.waiting() == 0);
    run("gateway-unknown");
    assertThat(states()).containsExactly("ok", "sent");

    silence(other);
    run("gateway-unknown");

    assertThat(states()).containsExactly("ok", "unknown");
    assertThat(open()).isEmpty();
  }

  @Test
  void requests_of_a_node_of_the_version_before_are_closed_while_the_indexes_are_kept_for_it() {
    var request = other.first(TokenScope.ALL);
    other.granted(request);
    asVersionBefore(other);
    run("gateway-unknown");
    assertThat(open()).containsExactly(request.request().id());
    assertThat(indexed("gateway_requests")).contains("state");

    silence(other);
    run("gateway-unknown");

    assertThat(states()).containsExactly("unknown", "unknown");
    assertThat(open()).isEmpty();
    assertThat(found(GatewayRequestState.UNKNOWN)).containsExactly(request.request().id());
    assertThat(indexed("gateway_requests")).doesNotContain("state");
    assertThat(indexed("gateway_attempts")).doesNotContain("state");
  }

  @Test
  void a_request_of_a_node_of_the_version_before_is_closed_also_without_the_indexes() {
    run("gateway-unknown");
    assertThat(indexed("gateway_requests")).doesNotContain("state");
    other.granted(other.first(TokenScope.ALL));
    asVersionBefore(other);

    silence(other);
    run("gateway-unknown");

    assertThat(states()).containsExactly("unknown", "unknown");
  }

  @Test
  void a_request_that_a_node_of_the_version_before_closed_is_not_counted_and_taken_off_the_list() {
    var request = other.first(TokenScope.ALL);
    other.granted(request);
    pool.test.asOwner("update gateway_attempts set state = 'ok'");
    pool.test.asOwner("update gateway_requests set state = 'failed'");
    assertThat(inFlight()).isZero();
    assertThat(found(GatewayRequestState.IN_FLIGHT)).isEmpty();

    run("gateway-unknown");

    assertThat(open()).isEmpty();
    assertThat(found(GatewayRequestState.FAILED)).containsExactly(request.request().id());
  }

  /** It puts its requests on no list. */
  private void asVersionBefore(TestGateway old) {
    Await.until("the node is known", () -> nodes(old) == 1);
    pool.test.asOwner(
        "update gateway_nodes set lists_requests = false where id = '" + old.ledger.node() + "'");
    pool.test.asOwner("delete from gateway_open_requests");
  }

  /** As after a kill: nothing of the node is seen any more. */
  private void silence(TestGateway gone) {
    pool.clock.tick(Duration.ofMinutes(1));
    var now = pool.clock.instant();
    Await.until(
        "the node has told that it lives",
        () ->
            pool.database.read(
                dsl ->
                    dsl.fetchExists(
                        GATEWAY_NODES,
                        GATEWAY_NODES.SEEN_AT.eq(now),
                        GATEWAY_NODES.ID.eq(gone.ledger.node()))));
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(GATEWAY_NODES)
                .set(GATEWAY_NODES.SEEN_AT, now.minusSeconds(60))
                .where(GATEWAY_NODES.ID.eq(gone.ledger.node()))
                .execute());
  }

  private int nodes(TestGateway gateway) {
    return pool.database.read(
        dsl -> dsl.fetchCount(GATEWAY_NODES, GATEWAY_NODES.ID.eq(gateway.ledger.node())));
  }

  private void run(String job) {
    node.ledger.jobs().stream()
        .filter(definition -> definition.name().equals(job))
        .map(Recurring.class::cast)
        .forEach(definition -> definition.work().run());
  }

  private List<Record> rows() {
    return pool.database.read(
        dsl ->
            List.of(
                dsl.selectFrom(GATEWAY_REQUESTS).fetchSingle(),
                dsl.selectFrom(GATEWAY_ATTEMPTS).fetchSingle()));
  }

  /** The states of the only request and of its only attempt. */
  private List<String> states() {
    return List.of(
        rows().getFirst().get(GATEWAY_REQUESTS.STATE),
        rows().getLast().get(GATEWAY_ATTEMPTS.STATE));
  }

  /** The columns of the table's indexes and of their conditions. */
  private Set<String> indexed(String table) {
    return pool
        .database
        .read(
            dsl ->
                dsl.fetch(
                    """
                    select distinct a.attname::text
                      from pg_index i
                      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                       and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid
                      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
                     where i.indrelid::regclass::text like {0} || '%'
                    """,
                    table))
        .stream()
        .map(row -> row.get(0, String.class))
        .collect(Collectors.toSet());
  }

  private List<UUID> found(GatewayRequestState state) {
    return queries
        .requests(pool.workspace, new GatewayRequestFilter(state, null, null, null, null), null, 10)
        .stream()
        .map(GatewayRequestRow::id)
        .toList();
  }

  private int inFlight() {
    return queries.counts(pool.workspace, pool.clock.instant().minusSeconds(3_600)).inFlight();
  }

  private List<UUID> open() {
    return pool.database.read(
        dsl -> dsl.fetch("select id from gateway_open_requests").getValues(0, UUID.class));
  }

  private int unsuccessful() {
    return pool.database.read(
        dsl ->
            dsl.fetchSingle("select count(*)::int from gateway_unsuccessful_requests")
                .get(0, Integer.class));
  }
}
