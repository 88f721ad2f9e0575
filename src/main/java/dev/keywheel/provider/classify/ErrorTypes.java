package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.Observation;
import java.util.Map;
import java.util.stream.Stream;

/** The HTTP statuses that the documentation of OpenRouter and Anthropic gives to error types. */
public final class ErrorTypes {
  private ErrorTypes() {}

  /**
   * The status of an error by its canonical type, otherwise by its code or type; 0 for unknown
   * ones.
   */
  public static int status(JsonNode error) {
    return Stream.of(
            LenientJson.text(error, "metadata", "error_type"),
            LenientJson.text(error, "error_type"),
            LenientJson.text(error, "code"),
            LenientJson.text(error, "type"))
        .mapToInt(ErrorTypes::status)
        .filter(status -> status > 0)
        .findFirst()
        .orElse(0);
  }

  /** Whether the answer, with a success status, contains an error that names no status. */
  public static boolean isWithoutStatus(Observation seen) {
    return seen instanceof Observation.Reply reply
        && LenientJson.parseReplacing(reply.body())
            .filter(answer -> UpstreamError.of(answer, 200, Map.of()).status() == 0)
            .isPresent();
  }

  public static int status(String type) {
    if (ImageErrors.contains(type)) {
      return 400;
    }
    return switch (type) {
      case "invalid_request_error",
          "invalid_request",
          "invalid_prompt",
          "context_length_exceeded",
          "max_tokens_exceeded",
          "token_limit_exceeded",
          "string_too_long",
          "content_policy_violation",
          "image_content_policy_violation",
          "refusal" ->
          400;
      case "authentication_error", "authentication" -> 401;
      case "billing_error", "payment_required" -> 402;
      case "permission_error", "permission_denied" -> 403;
      case "not_found_error", "not_found", "model_not_found" -> 404;
      case "request_too_large", "payload_too_large" -> 413;
      case "unprocessable" -> 422;
      case "rate_limit_error", "rate_limit_exceeded" -> 429;
      case "api_error", "server", "unmapped" -> 500;
      case "provider_unavailable" -> 502;
      case "provider_overloaded" -> 503;
      case "timeout_error", "timeout" -> 504;
      case "overloaded_error" -> 529;
      default -> 0;
    };
  }
}
