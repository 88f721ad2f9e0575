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
          column("seat", Long.class, OpenAttempt::rotationNumber),
          column("key_id", UUID.class, OpenAttempt::keyId),
          text("key_name", OpenAttempt::keyName),
          text("provider", OpenAttempt::provider),
          text("model", OpenAttempt::model),
          column("opened_at", Instant.class, OpenAttempt::openedAt));

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
      sent as (
        insert into gateway_attempts (%3$s, state, node) select %3$s, 'sent', ? from %4$s)
      """
          .formatted(REQUEST.names(), REQUEST.table(), ATTEMPT.names(), ATTEMPT.table());

  /**
   * The rows are found by an array of their ids, once to lock them in order and once to change
   * them. With a join alone, PostgreSQL may read all attempts between the first and the last id,
   * which are minutes apart if calls take minutes. The second array contains the locked rows, so
   * that one plan suits groups of any size: PostgreSQL would sort the array of the group again for
   * each row.
   */
  private static final String CLOSE_ATTEMPTS =
      """
      with ended as (
        select * from %1$s
      ), locked as materialized (
        select id from gateway_attempts where id = any(?) and id between ? and ?
         order by id for no key update)
      update gateway_attempts a set %2$s
        from ended e
       where a.id = e.id and a.id = any(array(select id from locked)) and a.state in ('sent', 'unknown')
         and a.id between ? and ?
      returning a.id
      """
          .formatted(ENDED.table(), ATTEMPT_OUTCOME.from("e"));

  /**
   * Makes PostgreSQL use the cached plan of {@link #CLOSE_ATTEMPTS}, because planning it takes
   * milliseconds. Without sequential scans, a plan that was made for a small table also suits a
   * large one. Both settings end with the transaction.
   */
  private static final String KEEP_INDEX_PLANS =
      """
      select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)""";

  private static final String CLOSE_REQUESTS =
      """
      insert into gateway_requests as g (%1$s, node) select %1$s, ? from %2$s order by id
      on conflict (id) do update set %3$s where g.state in ('in_flight', 'unknown')
      """
          .formatted(CLOSED.names(), CLOSED.table(), OUTCOME.from("excluded"));

  private GatewayRows() {}

  /**
   * An attempt that is stored before it is sent.
   *
   * @param rotationNumber the number that this attempt gave its key in the rotation
   */
  public record OpenAttempt(
      UUID id,
      UUID requestId,
      UUID workspaceId,
      int no,
      long rotationNumber,
      UUID keyId,
      String keyName,
      String provider,
      String model,
      Instant openedAt) {}

  record ClosedRequest(GatewayRequest request, RequestOutcome outcome) {}

  /**
   * Common table expressions that store requests in flight and attempts before they are sent. They
   * must follow another common table expression. Requests that are already stored stay unchanged.
   */
  public static Sql open(List<GatewayRequest> requests, List<OpenAttempt> attempts, UUID node) {
    var values = new ArrayList<Object>();
    values.add(node);
    Collections.addAll(values, REQUEST.arrays(requests));
    values.add(node);
    Collections.addAll(values, ATTEMPT.arrays(attempts));
    return new Sql(OPEN, values);
  }

  /**
   * Number of requests in flight of each token, on all nodes.
   *
   * @param ended requests that have ended, but whose rows may still be open; they do not count
   */
  public static Map<UUID, Integer> openRequests(Tx tx, Set<UUID> tokens, List<UUID> ended) {
    return tx.dsl()
        .resultQuery(
            """
            select token_id, count(*) from gateway_requests
             where state = 'in_flight' and token_id = any({0}) and id <> all({1}) group by token_id
            """,
            val(tokens.toArray(UUID[]::new)), val(ended.toArray(UUID[]::new)))
        .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class));
  }

  /**
   * Number of attempts in flight of each key of a pool, on all nodes.
   *
   * @param ended attempts that have ended, but whose rows may still be open; they do not count
   */
  public static Map<UUID, Integer> openAttempts(Tx tx, PoolId pool, List<UUID> ended) {
    return tx.dsl()
        .resultQuery(
            """
            select key_id, count(*) from gateway_attempts
             where state = 'sent' and workspace_id = {0} and provider = {1} and id <> all({2}) group by key_id
            """,
            val(pool.workspaceId()), val(pool.provider()), val(ended.toArray(UUID[]::new)))
        .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class));
  }

  /**
   * Stores the outcomes of attempts. Returns the ids of those that had no outcome before.
   *
   * @param outcomes sorted by id, so that only the partitions of their days are read
   */
  static Set<UUID> closeAttempts(Tx tx, List<AttemptOutcome> outcomes) {
    UUID first = outcomes.getFirst().id();
    UUID last = outcomes.getLast().id();
    var values = new ArrayList<Object>();
    Collections.addAll(values, ENDED.arrays(outcomes));
    UUID[] ids = outcomes.stream().map(AttemptOutcome::id).toArray(UUID[]::new);
    Collections.addAll(values, ids, first, last, first, last);
    tx.dsl().execute(KEEP_INDEX_PLANS);
    return Set.copyOf(
        new Sql(CLOSE_ATTEMPTS, values).fetch(tx, row -> row.getObject(1, UUID.class)));
  }

  /** Stores the outcomes of requests, ordered by id; inserts requests that never got a key. */
  static void closeRequests(Tx tx, List<ClosedRequest> closed, UUID node) {
    var values = new ArrayList<Object>();
    values.add(node);
    Collections.addAll(values, CLOSED.arrays(closed));
    new Sql(CLOSE_REQUESTS, values).execute(tx);
  }

  static void removeMinutes(Tx tx, Instant before) {
    tx.dsl().execute("delete from gateway_token_minutes where minute < {0}", val(before));
  }
}
