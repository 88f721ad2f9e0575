package dev.keywheel.gateway.ledger;

/**
 * Requests of a workspace since some time.
 *
 * @param total those that ended
 * @param capped whether there were more: only the newest {@link GatewayQueries#MOST_COUNTED} are
 *     counted
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
