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

  /** The error as the clients of OpenAI's chat API read it, also outside a stream. */
  public Map<String, @Nullable Object> dataOfChat() {
    var error = new LinkedHashMap<String, @Nullable Object>();
    error.put("message", message);
    error.put("type", type);
    error.put("param", null);
    error.put("code", code);
    var data = new LinkedHashMap<String, @Nullable Object>();
    data.put("error", error);
    data.put("request_id", requestId);
    return data;
  }

  /** The error as the clients of Anthropic's API read it, also outside a stream. */
  public Map<String, @Nullable Object> dataOfMessages() {
    var error = new LinkedHashMap<String, Object>();
    error.put("type", anthropicType);
    error.put("message", message);
    var data = new LinkedHashMap<String, @Nullable Object>();
    data.put("type", "error");
    data.put("error", error);
    data.put("request_id", requestId);
    return data;
  }

  byte[] ofChat() {
    return StreamProtocol.event(NAME, dataOfChat());
  }

  byte[] ofMessages() {
    return StreamProtocol.event(NAME, dataOfMessages());
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
