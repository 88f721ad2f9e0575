package dev.keywheel.provider;

import java.util.Optional;

/**
 * Finds the row of the decision table for an upstream's error.
 *
 * <p>Strongest sign first: the limit's source, the availability code, the error type, what the
 * error's other fields say, its sentences, and only then the status. A provider's name in an error
 * proves nothing by itself: the upstream's own limits have carried one.
 */
final class Complaints {
  private Complaints() {}

  static Row row(Complaint complaint, Asked asked) {
    return bySource(complaint)
        .or(() -> byAvailability(complaint, asked))
        .or(() -> byType(complaint))
        .or(() -> byDetails(complaint))
        .or(() -> Saying.rowOf(complaint))
        .or(() -> byOrigin(complaint))
        .orElseGet(() -> byStatus(complaint));
  }

  private static Optional<Row> bySource(Complaint complaint) {
    return switch (complaint.metadata("limit_source")) {
      case "openrouter_free_tier_daily" -> Optional.of(Row.FREE_DAILY);
      case "openrouter_free_tier_minute" -> Optional.of(Row.FREE_MINUTE);
      case "upstream_provider_shared_pool" -> Optional.of(Row.UPSTREAM_LIMITED);
      case "openrouter_credits" -> Optional.of(creditsOrDear(complaint));
      case "openrouter_key_limit" -> Optional.of(Row.KEY_CAP);
      case "openrouter_in_flight_budget" -> Optional.of(Row.IN_FLIGHT);
      case "openrouter_workspace_budget", "openrouter_guardrail_budget" -> Optional.of(Row.BUDGET);
      default -> Optional.empty();
    };
  }

  private static Row creditsOrDear(Complaint complaint) {
    boolean thisRequest =
        complaint.metadata("reason").equals("weight_exceeds_budget")
            || Saying.rowOf(complaint).equals(Optional.of(Row.TOO_DEAR));
    return thisRequest ? Row.TOO_DEAR : Row.CREDITS;
  }

  private static Optional<Row> byAvailability(Complaint complaint, Asked asked) {
    return switch (complaint.availability()) {
      case "model_not_found",
          "no_endpoints",
          "model_deprecated",
          "model_unavailable_upstream",
          "privacy_restricted",
          "free_variant_ended" ->
          Optional.of(Row.NO_ENDPOINT);
      case "constraint_filtered" ->
          Optional.of(asked.strictFormat() ? Row.UNSUPPORTED_PARAMETER : Row.NO_ENDPOINT);
      case "wrong_endpoint" -> Optional.of(Row.WRONG_ROUTE);
      case "capacity_exhausted" -> Optional.of(Row.UPSTREAM_LIMITED);
      case "temporarily_unavailable" -> Optional.of(Row.SERVER);
      case "region_restricted" -> Optional.of(Row.MODEL_TYPE);
      default -> Optional.empty();
    };
  }

  /** Types that mean one thing whatever the status; the vague ones are left to what follows. */
  private static Optional<Row> byType(Complaint complaint) {
    String type = complaint.metadata("error_type");
    return switch (type.isEmpty() ? complaint.word() : type) {
      case "context_length_exceeded", "string_too_long", "payload_too_large" ->
          Optional.of(Row.TOO_LONG);
      case "content_policy_violation" -> Optional.of(Row.MODERATION);
      case "refusal" -> Optional.of(Row.REFUSED);
      case "provider_unavailable", "server", "server_error", "timeout" -> Optional.of(Row.SERVER);
      case "provider_overloaded" ->
          Optional.of(complaint.status() == 429 ? Row.UPSTREAM_LIMITED : Row.SERVER);
      case "authentication", "invalid_api_key", "authentication_error" ->
          Optional.of(complaint.fromBehind() ? Row.FOREIGN_CREDENTIAL : Row.KEY_REFUSED);
      case "insufficient_quota", "credit_balance_exhausted", "billing_error" ->
          Optional.of(complaint.fromBehind() ? Row.FOREIGN_CREDIT : Row.CREDITS);
      case "zoderror" -> Optional.of(Row.INVALID);
      default -> Optional.empty();
    };
  }

  private static Optional<Row> byDetails(Complaint complaint) {
    if (complaint.metadata("reason").equals("in_flight_budget_exhausted")) {
      return Optional.of(Row.IN_FLIGHT);
    }
    if (complaint.metadata("reason").equals("weight_exceeds_budget")) {
      return Optional.of(Row.TOO_DEAR);
    }
    boolean flagged =
        complaint.hasMetadata("reasons")
            || complaint.hasMetadata("flagged_input")
            || complaint.hasMetadata("patterns");
    boolean refusal =
        complaint.status() == 403 || complaint.status() == 400 || complaint.status() == 0;
    return flagged && refusal ? Optional.of(Row.MODERATION) : Optional.empty();
  }

  /** What a provider behind says of its own account or keys is not about ours. */
  private static Optional<Row> byOrigin(Complaint complaint) {
    if (!complaint.fromBehind()) {
      return Optional.empty();
    }
    return switch (complaint.status()) {
      case 401 -> Optional.of(Row.FOREIGN_CREDENTIAL);
      case 402 -> Optional.of(Row.FOREIGN_CREDIT);
      case 403 -> Optional.of(Row.MODEL_TYPE);
      case 429 -> Optional.of(Row.UPSTREAM_LIMITED);
      default -> Optional.empty();
    };
  }

  private static Row byStatus(Complaint complaint) {
    return switch (complaint.status()) {
      case 0 -> Row.ERROR_INSIDE_SUCCESS;
      case 400, 405, 415, 422 -> Row.INVALID;
      case 401 -> Row.KEY_REFUSED;
      case 402 -> byBare402(complaint);
      case 403 -> Row.BARE_REFUSAL;
      case 404 -> Row.NO_ENDPOINT;
      case 413 -> Row.TOO_LONG;
      case 408 -> Row.SERVER;
      case 429 -> Row.BARE_LIMIT;
      default -> complaint.status() >= 500 ? Row.SERVER : Row.UNKNOWN;
    };
  }

  /**
   * A 402 that asks to wait heals itself. One with a source nobody knows yet is not taken for an
   * empty account: the key check decides.
   */
  private static Row byBare402(Complaint complaint) {
    if (complaint.asksToWait()) {
      return Row.IN_FLIGHT;
    }
    return complaint.hasMetadata("limit_source") ? Row.UNKNOWN : Row.CREDITS;
  }
}
