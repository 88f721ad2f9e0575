package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What goes back to the caller. {@code fault} is the behaviour behind it, empty for a good answer.
 */
sealed interface Reply {

  String fault();

  /** A complete body. */
  record Whole(int status, String type, Map<String, String> headers, byte[] body, String fault)
      implements Reply {}

  /** A stream of server-sent events, already spelled out one a piece. */
  record Events(Map<String, String> headers, List<String> events, String fault) implements Reply {}

  /** The connection ends in the middle of the body. */
  record Broken(byte[] body, int sent, String fault) implements Reply {}

  /** Nothing, for as long as the caller waits. */
  record Silence(String fault) implements Reply {}

  static Whole json(int status, JsonNode body) {
    return json(status, body, Map.of(), "");
  }

  static Whole json(int status, JsonNode body, Map<String, String> headers, String fault) {
    return new Whole(status, "application/json", headers, Json.bytes(body), fault);
  }

  static Whole html(int status, String page, String fault) {
    return new Whole(
        status, "text/html; charset=UTF-8", Map.of(), page.getBytes(StandardCharsets.UTF_8), fault);
  }
}
