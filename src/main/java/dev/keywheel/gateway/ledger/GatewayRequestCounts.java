package dev.keywheel.gateway.ledger;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param capped whether {@code total} covers only the newest {@link GatewayQueries#MOST_COUNTED}
 */
public record GatewayRequestCounts(
    int inFlight,
    int total,
    int ok,
    int clientGone,
    int aborted,
    int refused,
    int failed,
    int unknown,
    boolean capped) {}
