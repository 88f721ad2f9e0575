package dev.keywheel.web.gateway;

import dev.keywheel.gateway.http.RequestId;
import dev.keywheel.gateway.ledger.GatewayAttemptRow;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;

/** A call to a provider, shown on the page of its request and on the page of its key. */
public record GatewayAttemptLine(GatewayAttemptRow row) {

  public String requestPath() {
    return "/gateway/requests/" + RequestId.of(row.requestId());
  }

  public String request() {
    return RequestLine.shortId(row.requestId());
  }

  public String keyPath() {
    return "/keys/" + row.keyId();
  }

  public String provider() {
    return Providers.label(row.provider());
  }

  public Severity tone() {
    return switch (row.state()) {
      case SENT -> Severity.INFO;
      case OK -> empty() ? Severity.WARN : Severity.OK;
      case CLIENT_GONE, NOT_SENT -> Severity.OFF;
      case HTTP_ERROR, TIMEOUT, TRUNCATED -> Severity.BAD;
      case UNKNOWN -> Severity.WARN;
    };
  }

  public String label() {
    return switch (row.state()) {
      case SENT -> "In flight";
      case OK -> empty() ? RequestLine.EMPTY : "Answered";
      case HTTP_ERROR -> OutcomeText.isRefusal(row.httpStatus()) ? "Refused" : "Failed";
      case TIMEOUT -> "Timed out";
      case TRUNCATED -> "Truncated";
      case CLIENT_GONE -> "Aborted";
      case NOT_SENT -> "Not sent";
      case UNKNOWN -> "Unknown";
    };
  }

  private boolean empty() {
    return ModelErrorKind.EMPTY.code().equals(row.outcome());
  }

  /** Why the attempt failed; empty for a successful one. */
  public String why() {
    return row.state() == GatewayAttemptState.OK
        ? ""
        : OutcomeText.detail(row.httpStatus(), row.outcome());
  }

  public String firstEvent() {
    return RequestLine.millis(row.firstEventMs());
  }

  public String duration() {
    return RequestLine.millis(row.latencyMs());
  }

  public String tokens() {
    return RequestLine.tokens(row.promptTokens(), row.completionTokens());
  }

  public String cost() {
    return row.cost() == null ? "" : NumberFormats.dollars(row.cost());
  }

  public String rotationNumber() {
    return NumberFormats.grouped(row.rotationNumber());
  }
}
