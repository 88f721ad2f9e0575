package dev.keywheel.gateway.ledger;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param ok requests with an answer that is not empty
 * @param capped whether {@code total} covers only the newest {@link GatewayQueries#MAX_COUNTED}
 */
public record GatewayRequestCounts(
    int inFlight,
    int total,
    int ok,
    int empty,
    int clientGone,
    int aborted,
    int refused,
    int failed,
    int truncated,
    int unknown,
    boolean capped) {

  /** The ended requests by outcome. */
  public Map<String, Integer> byOutcome() {
    var counts = new LinkedHashMap<String, Integer>();
    counts.put(GatewayRequestState.OK.label(), ok);
    counts.put("Empty", empty);
    counts.put(GatewayRequestState.REFUSED.label(), refused);
    counts.put(GatewayRequestState.FAILED.label(), failed);
    counts.put(GatewayRequestState.TRUNCATED.label(), truncated);
    counts.put(GatewayRequestState.UNKNOWN.label(), unknown);
    counts.put(GatewayRequestState.CLIENT_GONE.label(), clientGone);
    counts.put(GatewayRequestState.ABORTED.label(), aborted);
    return counts;
  }
}
