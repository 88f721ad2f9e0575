package dev.keywheel.gateway.ledger;

import java.util.Map;

/**
 * Numbers of requests of a workspace.
 *
 * @param inFlight requests in flight, whenever they arrived
 * @param total requests that arrived in the period and have ended
 * @param byOutcome the ended requests by outcome, in the order in which to show them
 * @param capped whether {@code total} covers only the newest {@link GatewayQueries#MAX_COUNTED}
 */
public record GatewayRequestCounts(
    int inFlight, int total, Map<String, Integer> byOutcome, boolean capped) {}
