package dev.keywheel.gateway.ledger;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param ok requests with an answer that is not empty
 * @param failed requests without a complete answer for any other reason, truncated ones included
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
    int unknown,
    boolean capped) {

  /** Requests with a complete answer. */
  public int answered() {
    return ok + empty;
  }
}
