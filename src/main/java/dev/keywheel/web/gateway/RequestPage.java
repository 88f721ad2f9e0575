package dev.keywheel.web.gateway;

import dev.keywheel.gateway.ledger.GatewayAttemptRow;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.web.page.Htmx;
import java.time.Instant;
import java.util.List;

/**
 * One gateway request with its calls to providers.
 *
 * @param tokenKnown whether the token's page exists
 */
public record RequestPage(RequestLine line, List<GatewayAttemptLine> attempts, boolean tokenKnown) {

  static RequestPage of(RequestLine line, List<GatewayAttemptRow> attempts, boolean tokenKnown) {
    return new RequestPage(
        line, attempts.stream().map(GatewayAttemptLine::new).toList(), tokenKnown);
  }

  public boolean live() {
    return line.row().inFlight();
  }

  /** The cost of an ended request, or the reason why none is shown. */
  public String cost() {
    if (attempts.stream().allMatch(it -> it.row().state() == GatewayAttemptState.NOT_SENT)) {
      return "none: no provider was called";
    }
    return line.cost().isEmpty() ? "unknown: the provider reported no cost" : line.cost();
  }

  /** A version that changes with the page, and every second while the request is in flight. */
  String version(Instant now) {
    return Htmx.version(
        List.of(
            line.row(),
            attempts.stream().map(GatewayAttemptLine::row).toList(),
            live() ? now.getEpochSecond() : 0));
  }
}
