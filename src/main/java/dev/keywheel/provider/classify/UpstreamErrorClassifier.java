package dev.keywheel.provider.classify;

import dev.keywheel.provider.http.RequestContext;
import java.util.Optional;

/**
 * Finds the row of the decision table for an upstream's error.
 *
 * <p>Strongest evidence first: the limit's source, the availability code, the error type, the other
 * fields, the message, and only then the status. A provider's name in an error alone proves
 * nothing: errors of the upstream's own limits have contained one.
 */
final class UpstreamErrorClassifier {
  private UpstreamErrorClassifier() {}

  static ResponseKind row(UpstreamError upstreamError, RequestContext requestContext) {
    return bySource(upstreamError)
        .or(() -> byAvailability(upstreamError, requestContext))
        .or(() -> byType(upstreamError))
        .or(() -> byDetails(upstreamError))
        .or(() -> upstreamError.usesOwnProviderKey() ? byOrigin(upstreamError) : Optional.empty())
        .or(() -> ErrorMessagePattern.rowOf(upstreamError))
        .or(() -> byOrigin(upstreamError))
        .orElseGet(() -> byStatus(upstreamError));
  }

  private static Optional<ResponseKind> bySource(UpstreamError upstreamError) {
    return switch (upstreamError.metadata("limit_source")) {
      case "openrouter_free_tier_daily" -> Optional.of(ResponseKind.FREE_DAILY);
      case "openrouter_free_tier_minute" -> Optional.of(ResponseKind.FREE_MINUTE);
      case "upstream_provider_shared_pool" -> Optional.of(ResponseKind.UPSTREAM_LIMITED);
      case "openrouter_credits" -> Optional.of(creditErrorKind(upstreamError));
      case "openrouter_key_limit" -> Optional.of(ResponseKind.KEY_CAP);
      case "openrouter_in_flight_budget" -> Optional.of(ResponseKind.IN_FLIGHT);
      case "openrouter_workspace_budget", "openrouter_guardrail_budget" ->
          Optional.of(ResponseKind.BUDGET);
      default -> Optional.empty();
    };
  }

  private static ResponseKind creditErrorKind(UpstreamError upstreamError) {
    boolean thisRequest =
        upstreamError.metadata("reason").equals("weight_exceeds_budget")
            || ErrorMessagePattern.rowOf(upstreamError)
                .equals(Optional.of(ResponseKind.TOO_EXPENSIVE));
    return thisRequest ? ResponseKind.TOO_EXPENSIVE : ResponseKind.CREDITS;
  }

  private static Optional<ResponseKind> byAvailability(
      UpstreamError upstreamError, RequestContext requestContext) {
    return switch (upstreamError.availability()) {
      case "model_not_found",
          "no_endpoints",
          "model_deprecated",
          "model_unavailable_upstream",
          "free_variant_ended" ->
          Optional.of(ResponseKind.NO_ENDPOINT);
      case "privacy_restricted" -> Optional.of(ResponseKind.ACCOUNT_POLICY);
      case "constraint_filtered" ->
          Optional.of(
              requestContext.strictFormat()
                  ? ResponseKind.UNSUPPORTED_PARAMETER
                  : ResponseKind.NO_ENDPOINT);
      case "wrong_endpoint" -> Optional.of(ResponseKind.WRONG_ROUTE);
      case "capacity_exhausted" -> Optional.of(ResponseKind.UPSTREAM_LIMITED);
      case "temporarily_unavailable" -> Optional.of(ResponseKind.SERVER);
      case "region_restricted" -> Optional.of(ResponseKind.MODEL_TYPE);
      default -> Optional.empty();
    };
  }

  /**
   * Error types that have one meaning regardless of the status; ambiguous types are left to later
   * rules.
   */
  private static Optional<ResponseKind> byType(UpstreamError upstreamError) {
    String type = upstreamError.type().isEmpty() ? upstreamError.textCode() : upstreamError.type();
    if (ImageErrors.contains(type)) {
      return upstreamError.status() < 500 ? Optional.of(ResponseKind.INVALID) : Optional.empty();
    }
    return switch (type) {
      case "context_length_exceeded", "string_too_long", "payload_too_large" ->
          Optional.of(ResponseKind.TOO_LONG);
      case "content_policy_violation", "image_content_policy_violation" ->
          Optional.of(ResponseKind.MODERATION);
      case "refusal" -> Optional.of(ResponseKind.REFUSED);
      case "server_error" -> // in the Responses API also the code of a refused key
          upstreamError.status() >= 400 && upstreamError.status() < 500
              ? Optional.empty()
              : Optional.of(ResponseKind.SERVER);
      case "provider_unavailable", "server", "timeout" -> Optional.of(ResponseKind.SERVER);
      case "provider_overloaded" ->
          Optional.of(
              upstreamError.status() == 429 ? ResponseKind.UPSTREAM_LIMITED : ResponseKind.SERVER);
      case "authentication", "invalid_api_key", "authentication_error" ->
          Optional.of(
              upstreamError.fromUpstreamProvider()
                  ? ResponseKind.UPSTREAM_CREDENTIAL
                  : ResponseKind.KEY_REFUSED);
      case "payment_required" -> // at 402 it says no more than the status
          upstreamError.status() == 402
              ? Optional.empty()
              : Optional.of(byBillingError(upstreamError));
      case "insufficient_quota", "credit_balance_exhausted", "billing_error" ->
          Optional.of(byBillingError(upstreamError));
      case "invalid_request", "invalid_prompt", "invalid_request_error" ->
          upstreamError.status() == 0
              ? ErrorMessagePattern.rowOf(upstreamError).or(() -> Optional.of(ResponseKind.INVALID))
              : Optional.empty();
      case "zoderror" -> Optional.of(ResponseKind.INVALID);
      default -> Optional.empty();
    };
  }

  /** The Messages API has one type for the limits of an account, a key and a request. */
  private static ResponseKind byBillingError(UpstreamError upstreamError) {
    if (upstreamError.fromUpstreamProvider()) {
      return ResponseKind.UPSTREAM_CREDIT;
    }
    return byDetails(upstreamError)
        .or(() -> ErrorMessagePattern.rowOf(upstreamError))
        .orElseGet(() -> byUnexplainedBillingError(upstreamError));
  }

  private static ResponseKind byUnexplainedBillingError(UpstreamError upstreamError) {
    if (upstreamError.insideAnswer()) {
      return ResponseKind.UPSTREAM_CREDIT;
    }
    return upstreamError.impliedStatus() == 402 ? byBare402(upstreamError) : ResponseKind.CREDITS;
  }

  private static Optional<ResponseKind> byDetails(UpstreamError upstreamError) {
    if (upstreamError.metadata("reason").equals("in_flight_budget_exhausted")) {
      return Optional.of(ResponseKind.IN_FLIGHT);
    }
    if (upstreamError.metadata("reason").equals("weight_exceeds_budget")) {
      return Optional.of(ResponseKind.TOO_EXPENSIVE);
    }
    boolean flagged =
        upstreamError.hasMetadata("reasons")
            || upstreamError.hasMetadata("flagged_input")
            || upstreamError.hasMetadata("patterns");
    boolean refusal =
        upstreamError.status() == 403
            || upstreamError.status() == 400
            || upstreamError.status() == 0;
    return flagged && refusal ? Optional.of(ResponseKind.MODERATION) : Optional.empty();
  }

  /** An upstream provider's error about its own account or keys says nothing about our key. */
  private static Optional<ResponseKind> byOrigin(UpstreamError upstreamError) {
    if (!upstreamError.fromUpstreamProvider() && !upstreamError.insideAnswer()) {
      return Optional.empty();
    }
    return switch (upstreamError.impliedStatus()) {
      case 401 -> Optional.of(ResponseKind.UPSTREAM_CREDENTIAL);
      case 402 -> Optional.of(ResponseKind.UPSTREAM_CREDIT);
      case 403 -> Optional.of(ResponseKind.MODEL_TYPE);
      case 429 -> Optional.of(ResponseKind.UPSTREAM_LIMITED);
      default -> Optional.empty();
    };
  }

  private static ResponseKind byStatus(UpstreamError upstreamError) {
    return switch (upstreamError.impliedStatus()) {
      case 0 -> ResponseKind.ERROR_INSIDE_SUCCESS;
      case 400, 405, 415, 422 -> ResponseKind.INVALID;
      case 401 -> ResponseKind.KEY_REFUSED;
      case 402 -> byBare402(upstreamError);
      case 403 -> ResponseKind.BARE_REFUSAL;
      case 404 -> ResponseKind.NO_ENDPOINT;
      case 413 -> ResponseKind.TOO_LONG;
      case 408, 409, 425 -> ResponseKind.SERVER;
      case 429 -> ResponseKind.BARE_LIMIT;
      default -> upstreamError.impliedStatus() >= 500 ? ResponseKind.SERVER : ResponseKind.UNKNOWN;
    };
  }

  /**
   * A 402 means an empty account, or a temporary limit if it asks to wait. One about the model,
   * such as a model that requires a paid plan, proves nothing: another account and the key check
   * decide. Without a reason, an empty account is only likely.
   */
  private static ResponseKind byBare402(UpstreamError upstreamError) {
    if (upstreamError.hasMetadata("limit_source") || ErrorMessagePattern.isOnModel(upstreamError)) {
      return ResponseKind.UNKNOWN;
    }
    if (upstreamError.asksToWait()) {
      return ResponseKind.IN_FLIGHT;
    }
    return ErrorMessagePattern.isOnCredit(upstreamError)
        ? ResponseKind.CREDITS
        : ResponseKind.BARE_402;
  }
}
