package dev.keywheel.sandbox.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.SandboxJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * An answer to the caller. {@code fault} is the behaviour that caused it; empty without a fault.
 */
public sealed interface SandboxResponse {

  String fault();

  /** A complete body. */
  public record Whole(
      int status, String type, Map<String, String> headers, byte[] body, String fault)
      implements SandboxResponse {}

  /** A stream of formatted server-sent events. */
  public record Events(Map<String, String> headers, List<String> events, End end, String fault)
      implements SandboxResponse {}

  /** How a stream ends after its events. */
  public enum End {
    COMPLETE,
    /** The connection ends before the body does. */
    CUT,
    /** The fourth event from the end is repeated until the caller disconnects. */
    ENDLESS
  }

  /** The connection ends in the middle of the body. */
  public record Broken(byte[] body, int sent, String fault) implements SandboxResponse {}

  /** Never answers, so that the caller times out. */
  public record Silence(String fault) implements SandboxResponse {}

  static Whole json(int status, JsonNode body) {
    return json(status, body, Map.of(), "");
  }

  public static Whole json(int status, JsonNode body, Map<String, String> headers, String fault) {
    return new Whole(status, "application/json", headers, SandboxJson.bytes(body), fault);
  }

  public static Whole html(int status, String page, String fault) {
    return new Whole(
        status, "text/html; charset=UTF-8", Map.of(), page.getBytes(StandardCharsets.UTF_8), fault);
  }
}
