package dev.keywheel.fault.history;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * The stored rows about requests to the gateway.
 *
 * @param excluded keys that were excluded for a model at some time, by model
 * @param nodes the nodes that live at the end
 */
record GatewayEvidence(
    List<RequestRow> requests,
    List<CallRow> calls,
    Map<String, Set<UUID>> excluded,
    Set<UUID> nodes) {

  /**
   * @param clientId the id that the client sent
   */
  record RequestRow(
      UUID id,
      String clientId,
      String state,
      @Nullable Integer httpStatus,
      @Nullable String reason,
      int attempts,
      UUID node,
      Instant startedAt) {}

  /** An attempt of a request. */
  record CallRow(
      UUID id,
      UUID requestId,
      int no,
      long seat,
      UUID keyId,
      String keyName,
      String model,
      String state,
      @Nullable Integer httpStatus,
      @Nullable String outcome,
      UUID node,
      Instant openedAt,
      @Nullable Instant endedAt) {}

  List<CallRow> callsOf(UUID request) {
    return calls.stream().filter(c -> c.requestId().equals(request)).toList();
  }

  String summary() {
    return requests.stream()
            .collect(groupingBy(RequestRow::state, TreeMap::new, counting()))
            .toString()
        + " with calls "
        + calls.stream().collect(groupingBy(CallRow::state, TreeMap::new, counting()));
  }

  /**
   * Requests and attempts that are still open: no node has ended them or closed them as unknown.
   */
  static List<String> open(DSLContext dsl) {
    var open = new ArrayList<String>();
    dsl.fetch("select * from gateway_requests where state = 'in_flight'")
        .forEach(r -> open.add("request " + r.get("id") + " of node " + r.get("node")));
    dsl.fetch("select * from gateway_attempts where state = 'sent'")
        .forEach(r -> open.add("call " + r.get("id") + " of node " + r.get("node")));
    return open;
  }

  static GatewayEvidence read(DSLContext dsl) {
    return new GatewayEvidence(
        dsl.fetch("select * from gateway_requests order by id").map(GatewayEvidence::request),
        dsl.fetch("select * from gateway_attempts order by seat").map(GatewayEvidence::call),
        dsl.fetch("select * from model_exclusions").stream()
            .collect(
                groupingBy(
                    r -> r.get("model", String.class),
                    mapping(r -> r.get("key_id", UUID.class), toSet()))),
        dsl
            .fetch("select id from gateway_nodes where seen_at > now() - interval '15 s'")
            .map(r -> r.get("id", UUID.class))
            .stream()
            .collect(toSet()));
  }

  private static RequestRow request(Record r) {
    return new RequestRow(
        r.get("id", UUID.class),
        String.valueOf(r.get("client_request_id")),
        r.get("state", String.class),
        r.get("http_status", Integer.class),
        r.get("reason", String.class),
        r.get("attempts", Integer.class),
        r.get("node", UUID.class),
        r.get("started_at", Instant.class));
  }

  private static CallRow call(Record r) {
    return new CallRow(
        r.get("id", UUID.class),
        r.get("request_id", UUID.class),
        r.get("no", Integer.class),
        r.get("seat", Long.class),
        r.get("key_id", UUID.class),
        r.get("key_name", String.class),
        r.get("model", String.class),
        r.get("state", String.class),
        r.get("http_status", Integer.class),
        r.get("outcome", String.class),
        r.get("node", UUID.class),
        r.get("opened_at", Instant.class),
        r.get("ended_at", Instant.class));
  }
}
