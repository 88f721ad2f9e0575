package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.text;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.db.query.Sql;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Writes requests and attempts, many in one statement. */
public final class GatewayRows {
  private static final Columns<Usage> USAGE =
      Columns.of(
          column("prompt_tokens", Integer.class, Usage::promptTokens),
          column("completion_tokens", Integer.class, Usage::completionTokens),
          column("reasoning_tokens", Integer.class, Usage::reasoningTokens),
          column("cost", BigDecimal.class, Usage::cost),
          column("cost_known", Boolean.class, Usage::costKnown));

  private static final Columns<GatewayRequest> REQUEST =
      Columns.of(
          column("id", UUID.class, GatewayRequest::id),
          column("workspace_id", UUID.class, GatewayRequest::workspaceId),
          column("token_id", UUID.class, GatewayRequest::tokenId),
          text("token_name", GatewayRequest::tokenName),
          code("operation", GatewayRequest::operation),
          text("model_asked", GatewayRequest::modelAsked),
          column("streamed", Boolean.class, GatewayRequest::streamed),
          text("client_address", GatewayRequest::clientAddress),
          text("agent", GatewayRequest::agent),
          text("client_request_id", GatewayRequest::clientRequestId),
          column("started_at", Instant.class, GatewayRequest::startedAt));

  private static final Columns<RequestOutcome> OUTCOME =
      Columns.of(
              code("state", RequestOutcome::state),
              column("http_status", Integer.class, RequestOutcome::httpStatus),
              text("reason", RequestOutcome::reason),
              text("provider", RequestOutcome::provider),
              text("model", RequestOutcome::model),
              column("key_id", UUID.class, RequestOutcome::keyId),
              text("key_name", RequestOutcome::keyName),
              column("attempts", Integer.class, RequestOutcome::attempts),
              column("first_event_ms", Integer.class, RequestOutcome::firstEventMs),
              column("ended_at", Instant.class, RequestOutcome::endedAt))
          .and(USAGE.in(RequestOutcome::usage));

  private static final Columns<ClosedRequest> CLOSED =
      REQUEST.in(ClosedRequest::request).and(OUTCOME.in(ClosedRequest::outcome));

  private static final Columns<OpenAttempt> ATTEMPT =
      Columns.of(
          column("id", UUID.class, OpenAttempt::id),
          column("request_id", UUID.class, OpenAttempt::requestId),
          column("workspace_id", UUID.class, OpenAttempt::workspaceId),
          column("no", Integer.class, OpenAttempt::no),
          column("seat", Long.class, OpenAttempt::seat),
          column("key_id", UUID.class, OpenAttempt::keyId),
          text("key_name", OpenAttempt::keyName),
          text("provider", OpenAttempt::provider),
          text("model", OpenAttempt::model),
          column("opened_at", Instant.class, OpenAttempt::openedAt));

  private static final Columns<OpenAttempt> SENT =
      ATTEMPT.and(Columns.of(column("token_id", UUID.class, OpenAttempt::tokenId)));

  private static final Columns<AttemptOutcome> ATTEMPT_OUTCOME =
      Columns.of(
              code("state", AttemptOutcome::state),
              column("http_status", Integer.class, AttemptOutcome::httpStatus),
              text("outcome", AttemptOutcome::outcome),
              column("latency_ms", Integer.class, AttemptOutcome::latencyMs),
              column("first_event_ms", Integer.class, AttemptOutcome::firstEventMs),
              text("generation_id", AttemptOutcome::generationId),
              column("ended_at", Instant.class, AttemptOutcome::endedAt))
          .and(USAGE.in(AttemptOutcome::usage));

  private static final Columns<AttemptOutcome> ENDED =
      Columns.of(column("id", UUID.class, AttemptOutcome::id)).and(ATTEMPT_OUTCOME);

  private static final String OPEN =
      """
      , opened as (
        insert into gateway_requests (%1$s, state, node)
        select %1$s, 'in_flight', ? from %2$s order by id
        on conflict (id) do nothing),
      attempted as materialized (select *, ?::uuid node from %4$s),
      sent as (
        insert into gateway_attempts (%3$s, state, node) select %3$s, 'sent', node from attempted),
      listed as (
        insert into gateway_open_requests (id, workspace_id, token_id, node, attempt_id, key_id, provider)
        select request_id, workspace_id, token_id, node, id, key_id, provider from attempted
        on conflict (id) do update set
          attempt_id = excluded.attempt_id, key_id = excluded.key_id, provider = excluded.provider)
      """
          .formatted(REQUEST.names(), REQUEST.table(), ATTEMPT.names(), SENT.table());

  private static final String CLOSE_ATTEMPTS =
      """
      with ended as (
        select * from %1$s
      ), locked as materialized (
        select id from gateway_attempts where id in (select id from ended) and id between ? and ?
         order by id for no key update)
      update gateway_attempts a set %2$s
        from ended e join locked using (id)
       where a.id = e.id and a.state in ('sent', 'unknown') and a.id between ? and ?
      returning a.id
      """
          .formatted(ENDED.table(), ATTEMPT_OUTCOME.from("e"));

  private static final String CLOSE_REQUESTS =
      """
      with closed as materialized (
        select * from %2$s
      ), stored as (
        insert into gateway_requests as g (%1$s, node) select %1$s, ?::uuid from closed order by id
        on conflict (id) do update set %3$s where g.state in ('in_flight', 'unknown')
      ), unsuccessful as (
        insert into gateway_unsuccessful_requests (id, workspace_id, state)
        select id, workspace_id, state from closed where state <> 'ok' order by id
        on conflict do nothing)
      select unlist_gateway_requests(array(select id from closed), ?)
      """
          .formatted(CLOSED.names(), CLOSED.table(), OUTCOME.from("excluded"));

  private GatewayRows() {}

  /**
   * An attempt to be sent.
   *
   * @param seat the rotation number that its key was given for it
   */
  public record OpenAttempt(
      UUID id,
      UUID requestId,
      UUID workspaceId,
      UUID tokenId,
      int no,
      long seat,
      UUID keyId,
      String keyName,
      String provider,
      String model,
      Instant openedAt) {}

  /** A request that ended. */
  record ClosedRequest(GatewayRequest request, RequestOutcome outcome) {}

  /**
   * Common table expressions, to follow another one, that store requests in flight and attempts
   * before they are sent. Requests that are stored already stay unchanged.
   */
  public static Sql open(List<GatewayRequest> requests, List<OpenAttempt> attempts, UUID node) {
    var values = new ArrayList<Object>();
    values.add(node);
    Collections.addAll(values, REQUEST.arrays(requests));
    values.add(node);
    Collections.addAll(values, SENT.arrays(attempts));
    return new Sql(OPEN, values);
  }

  /**
   * Number of requests in flight of each token, over all nodes. {@code offset 0} keeps PostgreSQL
   * from reading all requests for a list that it takes for long.
   *
   * @param ended requests that ended, though their rows do not say so yet
   */
  public static Map<UUID, Integer> openRequests(Tx tx, Set<UUID> tokens, List<UUID> ended) {
    return tx.dsl()
        .resultQuery(
            """
            select o.token_id, count(*)
              from gateway_open_requests o,
                   lateral (select from gateway_requests r where r.id = o.id and r.state = 'in_flight' offset 0) r
             where o.token_id = any({0}) and o.id <> all({1})
             group by o.token_id
            """,
            val(tokens.toArray(UUID[]::new)), val(ended.toArray(UUID[]::new)))
        .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class));
  }

  /**
   * Number of attempts in flight of each key of a pool, over all nodes.
   *
   * @param ended attempts that ended, though their rows do not say so yet
   */
  public static Map<UUID, Integer> openAttempts(Tx tx, PoolId pool, List<UUID> ended) {
    return tx.dsl()
        .resultQuery(
            """
            select o.key_id, count(*)
              from gateway_open_requests o,
                   lateral (select from gateway_attempts a where a.id = o.attempt_id and a.state = 'sent' offset 0) a
             where o.workspace_id = {0} and o.provider = {1} and o.attempt_id <> all({2})
             group by o.key_id
            """,
            val(pool.workspaceId()), val(pool.provider()), val(ended.toArray(UUID[]::new)))
        .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class));
  }

  /**
   * Closes attempts; returns the ids of those that were open.
   *
   * @param outcomes in the order of their ids, so that only the partitions of their days are read
   */
  static Set<UUID> closeAttempts(Tx tx, List<AttemptOutcome> outcomes) {
    UUID first = outcomes.getFirst().id();
    UUID last = outcomes.getLast().id();
    var values = new ArrayList<Object>();
    Collections.addAll(values, ENDED.arrays(outcomes));
    Collections.addAll(values, first, last, first, last);
    return Set.copyOf(
        new Sql(CLOSE_ATTEMPTS, values).fetch(tx, row -> row.getObject(1, UUID.class)));
  }

  /**
   * Closes requests in the order of their ids; one that never got a key is stored here.
   *
   * @param openAttempts attempts that ended, though their rows do not say so yet
   */
  static void closeRequests(Tx tx, List<ClosedRequest> closed, UUID node, List<UUID> openAttempts) {
    var values = new ArrayList<Object>();
    Collections.addAll(values, CLOSED.arrays(closed));
    values.add(node);
    values.add(openAttempts.toArray(UUID[]::new));
    new Sql(CLOSE_REQUESTS, values).fetch(tx, row -> true);
  }

  static void removeMinutes(Tx tx, Instant before) {
    tx.dsl().execute("delete from gateway_token_minutes where minute < {0}", val(before));
  }
}
