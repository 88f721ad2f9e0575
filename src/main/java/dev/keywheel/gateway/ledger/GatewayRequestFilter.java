package dev.keywheel.gateway.ledger;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Filter of a list of requests. A component that is null or empty matches all requests.
 *
 * @param empty whether the requests ended with an empty answer
 * @param model as requested by the client
 * @param from requests that arrived at this time or later
 * @param until requests that arrived before this time
 */
public record GatewayRequestFilter(
    Set<GatewayRequestState> states,
    @Nullable Boolean empty,
    @Nullable UUID tokenId,
    @Nullable String model,
    @Nullable Instant from,
    @Nullable Instant until) {

  public static final GatewayRequestFilter ALL =
      new GatewayRequestFilter(Set.of(), null, null, null, null, null);

  public GatewayRequestFilter {
    states = Set.copyOf(states);
  }
}
