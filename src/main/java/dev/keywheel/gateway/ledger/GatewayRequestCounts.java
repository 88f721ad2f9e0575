package dev.keywheel.gateway.ledger;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param capped whether only the newest {@link GatewayQueries#MOST_COUNTED} of these were counted
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
