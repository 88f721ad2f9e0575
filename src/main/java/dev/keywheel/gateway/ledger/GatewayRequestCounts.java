package dev.keywheel.gateway.ledger;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param ok requests with an answer that is not empty
 * @param failed other requests without a complete answer, such as those with a truncated one
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
