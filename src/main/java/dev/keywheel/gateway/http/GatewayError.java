package dev.keywheel.gateway.http;

import dev.keywheel.db.Json;
import dev.keywheel.gateway.stream.ErrorEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An error of the gateway itself, in the format that the client's library reads.
 *
 * @param message what happened and what to do; must not contain a secret
 * @param headers additional headers of the answer, with names in lower case
 */
public record GatewayError(ErrorKind kind, String message, Map<String, String> headers) {
  public GatewayError {
    headers = Map.copyOf(headers);
  }

  public static GatewayError of(ErrorKind kind, String message) {
    return new GatewayError(kind, message, Map.of());
  }

  public GatewayError with(Map<String, String> added) {
    var more = new LinkedHashMap<>(headers);
    more.putAll(added);
    return new GatewayError(kind, message, more);
  }

  /** Adds headers with the wait after which a repetition can succeed. */
  public GatewayError retryAfter(Duration wait) {
    return with(RetryHeaders.after(wait));
  }

  public GatewayError noRetry() {
    return with(Map.of(RetryHeaders.SHOULD_RETRY, "false"));
  }

  /** The error as an event of a stream that has begun. */
  public ErrorEvent event(String requestId) {
    return new ErrorEvent(kind.type(), kind.code(), kind.anthropicType(), message, requestId);
  }

  byte[] body(boolean anthropic, String requestId) {
    var event = event(requestId);
    var body = anthropic ? event.dataOfMessages() : event.dataOfChat();
    return Json.text(body).getBytes(StandardCharsets.UTF_8);
  }
}
