package dev.keywheel.gateway.stream;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The error event with which the gateway ends a stream, in the format of each API.
 *
 * @param type the type for OpenAI's APIs
 * @param code the error code, as in answers that are not streams
 * @param message a sentence for the client
 */
public record ErrorEvent(
    String type, String code, String anthropicType, String message, String requestId) {
  private static final String NAME = "error";

  /** The error of a stream in which the provider or the gateway failed. */
  public ErrorEvent(String code, String message, String requestId) {
    this(StreamProtocol.SERVER_ERROR, code, "api_error", message, requestId);
  }

  byte[] ofChat() {
    var error = new LinkedHashMap<String, Object>();
    error.put("message", message);
    error.put("type", type);
    error.put("code", code);
    error.put("param", null);
    var data = new LinkedHashMap<String, Object>(Map.of("error", error));
    data.put("request_id", requestId);
    return StreamProtocol.event(NAME, data);
  }

  byte[] ofMessages() {
    var data = new LinkedHashMap<String, Object>();
    data.put("type", "error");
    data.put("error", Map.of("type", anthropicType, "message", message));
    data.put("request_id", requestId);
    return StreamProtocol.event(NAME, data);
  }

  /**
   * @param number the sequence number of the event
   */
  byte[] ofResponses(int number) {
    return ofResponses(type, code, message, null, number);
  }

  /** The API's error event, with an object {@code error}, without which older SDKs do not throw. */
  static byte[] ofResponses(
      String type, String code, String message, @Nullable String param, int number) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", code);
    error.put("message", message);
    error.put("param", param);
    var data = new LinkedHashMap<String, Object>(error);
    data.put("type", "error");
    data.put("sequence_number", number);
    error.put("type", type);
    data.put("error", error);
    return StreamProtocol.event(NAME, data);
  }
}
