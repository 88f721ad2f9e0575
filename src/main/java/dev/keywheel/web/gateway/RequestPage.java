package dev.keywheel.web.gateway;

import dev.keywheel.gateway.ledger.GatewayAttemptRow;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.rotation.OutcomeText;
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
    var rows = attempts.stream().map(GatewayAttemptLine::row).toList();
    if (rows.stream().allMatch(row -> row.state() == GatewayAttemptState.NOT_SENT)) {
      return "none: no provider was called";
    }
    boolean crashed = line.row().state() == GatewayRequestState.UNKNOWN;
    boolean complete =
        !crashed || rows.stream().noneMatch(row -> row.state() == GatewayAttemptState.UNKNOWN);
    if (complete && !line.cost().isEmpty()) {
      return line.cost();
    }
    if (rows.stream().allMatch(RequestPage::isNotBilled)) {
      return "none: no provider accepted the request";
    }
    String known = line.cost().isEmpty() ? "unknown" : "at least " + line.cost();
    return known + (crashed ? ": the outcome was not stored" : ": the provider reported no cost");
  }

  /** Whether the attempt reached no model, so that the provider charges nothing for it. */
  private static boolean isNotBilled(GatewayAttemptRow row) {
    return row.state() == GatewayAttemptState.NOT_SENT
        || (row.state() == GatewayAttemptState.HTTP_ERROR
            && row.firstEventMs() == null
            && OutcomeText.isRefusal(row.httpStatus()));
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
