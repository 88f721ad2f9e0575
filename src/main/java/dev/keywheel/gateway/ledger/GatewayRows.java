package dev.keywheel.gateway.ledger;

import static org.jooq.impl.DSL.sql;
import static org.jooq.impl.DSL.val;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.keywheel.db.Json;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;
import org.jooq.QueryPart;

/** Writes requests and attempts, many in one statement. */
public final class GatewayRows {
  /** Names as columns, codes of enums. */
  private static final JsonMapper MAPPER =
      Json.MAPPER
          .rebuild()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .addModule(new SimpleModule().addSerializer(StoredEnum.class, new CodeSerializer()))
          .build();

  private GatewayRows() {}

  /**
   * An attempt to be sent. Components are named as columns.
   *
   * @param seat the rotation number that its key was given for it
   */
  public record OpenAttempt(
      UUID id,
      UUID requestId,
      UUID workspaceId,
      int no,
      long seat,
      UUID keyId,
      String keyName,
      String provider,
      String model,
      Instant openedAt) {}

  /** A request that ended. */
  record ClosedRequest(
      @JsonUnwrapped GatewayRequest request, @JsonUnwrapped RequestOutcome outcome) {}

  /**
   * Stores requests in flight, of which those stored already stay unchanged, and attempts before
   * they are sent: common table expressions of a statement that begins with another one.
   */
  public static QueryPart open(
      List<GatewayRequest> requests, List<OpenAttempt> attempts, UUID node) {
    return sql(
        """
            , opened as (
              insert into gateway_requests (id, workspace_id, token_id, token_name, operation, model_asked, streamed, state,
                                            started_at, client_address, agent, client_request_id, node)
              select id, workspace_id, token_id, token_name, operation, model_asked, streamed, 'in_flight', started_at,
                     client_address, agent, client_request_id, {2}
                from jsonb_populate_recordset(null::gateway_requests, {0}) order by id
              on conflict (id) do nothing),
            sent as (
            insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name, provider, model, state,
                                          opened_at, node)
            select id, request_id, workspace_id, no, seat, key_id, key_name, provider, model, 'sent', opened_at, {2}
              from jsonb_populate_recordset(null::gateway_attempts, {1}))
            """,
        val(rows(requests)), val(rows(attempts)), val(node));
  }

  /**
   * Number of requests in flight of each token, over all nodes.
   *
   * @param ended requests that ended, though their rows do not say so yet
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
   * Number of attempts in flight of each key of a pool, over all nodes.
   *
   * @param ended attempts that ended, though their rows do not say so yet
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
   * Closes attempts; returns the ids of those that were open.
   *
   * @param outcomes in the order of their ids, so that only the partitions of their days are read
   */
  static Set<UUID> closeAttempts(Tx tx, List<AttemptOutcome> outcomes) {
    return tx.dsl()
        .resultQuery(
            """
            with ended as (
              select e.* from jsonb_populate_recordset(null::gateway_attempts, {0}) e
            ), locked as materialized (
              select id from gateway_attempts where id in (select id from ended) and id between {1} and {2}
               order by id for no key update)
            update gateway_attempts a
               set state = e.state, http_status = e.http_status, outcome = e.outcome, latency_ms = e.latency_ms,
                   first_event_ms = e.first_event_ms, prompt_tokens = e.prompt_tokens,
                   completion_tokens = e.completion_tokens, reasoning_tokens = e.reasoning_tokens, cost = e.cost,
                   cost_known = e.cost_known, generation_id = e.generation_id, ended_at = e.ended_at
              from ended e join locked using (id)
             where a.id = e.id and a.state in ('sent', 'unknown') and a.id between {1} and {2}
            returning a.id
            """,
            val(rows(outcomes)), val(outcomes.getFirst().id()), val(outcomes.getLast().id()))
        .fetchSet(row -> row.get(0, UUID.class));
  }

  /** Closes requests in the order of their ids; one that never got a key is stored here. */
  static void closeRequests(Tx tx, List<ClosedRequest> closed, UUID node) {
    tx.dsl()
        .execute(
            """
            insert into gateway_requests as g (
                   id, workspace_id, token_id, token_name, operation, model_asked, streamed, started_at, client_address, agent,
                   client_request_id, node, state, http_status, reason, provider, model, key_id, key_name, attempts,
                   prompt_tokens, completion_tokens, reasoning_tokens, cost, cost_known, first_event_ms, ended_at)
            select id, workspace_id, token_id, token_name, operation, model_asked, streamed, started_at, client_address, agent,
                   client_request_id, {1}, state, http_status, reason, provider, model, key_id, key_name, attempts,
                   prompt_tokens, completion_tokens, reasoning_tokens, cost, cost_known, first_event_ms, ended_at
              from jsonb_populate_recordset(null::gateway_requests, {0}) order by id
            on conflict (id) do update
               set state = excluded.state, http_status = excluded.http_status, reason = excluded.reason,
                   provider = excluded.provider, model = excluded.model, key_id = excluded.key_id, key_name = excluded.key_name,
                   attempts = excluded.attempts, prompt_tokens = excluded.prompt_tokens,
                   completion_tokens = excluded.completion_tokens, reasoning_tokens = excluded.reasoning_tokens,
                   cost = excluded.cost, cost_known = excluded.cost_known, first_event_ms = excluded.first_event_ms,
                   ended_at = excluded.ended_at
             where g.state in ('in_flight', 'unknown')
            """,
            val(rows(closed)), val(node));
  }

  static void removeMinutes(Tx tx, Instant before) {
    tx.dsl().execute("delete from gateway_token_minutes where minute < {0}", val(before));
  }

  private static JSONB rows(List<?> rows) {
    return Json.jsonb(MAPPER, rows);
  }

  private static final class CodeSerializer extends JsonSerializer<StoredEnum> {
    @Override
    public void serialize(StoredEnum value, JsonGenerator json, SerializerProvider providers)
        throws IOException {
      json.writeString(value.code());
    }
  }
}
