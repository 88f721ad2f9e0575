package dev.keywheel.web.gateway;

import dev.keywheel.gateway.http.RequestId;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request as a line of the list, and as the head of its page.
 *
 * @param firstEventMs milliseconds from the arrival of the request to the first content; null
 *     without content, and while another node serves the request
 */
public record RequestLine(GatewayRequestRow row, @Nullable Integer firstEventMs, Instant now) {
  static final String EMPTY = "Empty answer";

  /** Separates the code of a refusal from its message. */
  private static final String MESSAGE = ": ";

  private static final int SHOWN = 8;

  /** The request id as clients see it in headers and errors. */
  public String id() {
    return RequestId.of(row.id());
  }

  /** The end of the id, which distinguishes the requests of a page. */
  public String shortId() {
    return shortId(row.id());
  }

  static String shortId(UUID id) {
    String whole = RequestId.of(id);
    return "…" + whole.substring(whole.length() - SHOWN);
  }

  public String path() {
    return "/gateway/requests/" + id();
  }

  public Severity tone() {
    return switch (row.state()) {
      case IN_FLIGHT -> Severity.INFO;
      case OK -> row.empty() ? Severity.WARN : Severity.OK;
      case CLIENT_GONE, ABORTED -> Severity.OFF;
      case REFUSED, UNKNOWN -> Severity.WARN;
      case TRUNCATED, FAILED -> Severity.BAD;
    };
  }

  public String label() {
    return row.empty() ? EMPTY : row.state().label();
  }

  /** Why the request failed, with its HTTP status; empty for a successful or aborted one. */
  public String why() {
    return row.state() == GatewayRequestState.OK || row.state() == GatewayRequestState.ABORTED
        ? ""
        : OutcomeText.detail(row.httpStatus(), code());
  }

  private @Nullable String code() {
    String reason = row.reason();
    return reason == null ? null : reason.split(MESSAGE, 2)[0];
  }

  /**
   * The message of a refusal, or what an unknown outcome or an empty answer means; empty for all
   * other outcomes.
   */
  public String meaning() {
    String reason = row.reason();
    if (reason != null && reason.contains(MESSAGE)) {
      return reason.split(MESSAGE, 2)[1];
    }
    if (row.empty()) {
      return "The model ended its answer without any content. The program got it unchanged.";
    }
    return row.state() == GatewayRequestState.UNKNOWN
        ? "The outcome was not stored, usually because the node stopped. The provider may have"
            + " completed the request and charged for it."
        : "";
  }

  public String provider() {
    return row.provider() == null ? "" : Providers.label(row.provider());
  }

  /** The model at the provider if it differs from the requested model; otherwise empty. */
  public String served() {
    String model = row.model();
    return model == null || model.equals(row.modelAsked()) ? "" : model;
  }

  public String firstEvent() {
    return millis(firstEventMs);
  }

  public String duration() {
    return row.state() == GatewayRequestState.UNKNOWN
        ? "unknown"
        : DurationText.of(row.lasted(now));
  }

  public String tokens() {
    return tokens(row.promptTokens(), row.completionTokens());
  }

  public String cost() {
    return row.cost() == null ? "" : NumberFormats.dollars(row.cost());
  }

  static String millis(@Nullable Integer millis) {
    return millis == null ? "" : DurationText.ofMillis(millis);
  }

  static String tokens(@Nullable Integer prompt, @Nullable Integer completion) {
    return prompt == null || completion == null || prompt + completion == 0
        ? ""
        : NumberFormats.grouped(prompt) + " in, " + NumberFormats.grouped(completion) + " out";
  }
}
