package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.Optional;

/**
 * Server-sent events, joined into one answer. Keywheel's own calls do not request streams, but some
 * servers stream every answer.
 *
 * @param root the chunks joined into the shape of a plain answer, with the last error at the top
 * @param ended whether a finish reason or the closing mark was received
 */
record EventStream(ObjectNode root, boolean ended) {

  static boolean looksLike(String body, String contentType) {
    return contentType.startsWith("text/event-stream")
        || body.startsWith("data:")
        || body.startsWith("event:")
        || body.startsWith(":");
  }

  /** Whether only blank lines and comments arrived, which keep the connection open. */
  static boolean onlyKeepAlive(String body) {
    return body.lines().allMatch(line -> line.isBlank() || line.startsWith(":"));
  }

  static EventStream of(String body) {
    var joined = new JoinedStream();
    body.lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> line.substring("data:".length()).strip())
        .forEach(joined::add);
    return joined.whole();
  }

  private static final class JoinedStream {
    private final ObjectNode root = JsonNodeFactory.instance.objectNode();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private String finish = "";
    private boolean done;

    void add(String data) {
      if (data.equals("[DONE]")) {
        done = true;
        return;
      }
      Optional<JsonNode> parsed = LenientJson.parse(data);
      parsed.ifPresent(this::addChunk);
    }

    private void addChunk(JsonNode chunk) {
      for (String field : new String[] {"id", "model", "provider", "usage", "error", "user_id"}) {
        JsonNode value = chunk.path(field);
        if (!value.isMissingNode() && !value.isNull()) {
          root.set(field, value);
        }
      }
      JsonNode choice = chunk.path("choices").path(0);
      content.append(LenientJson.text(choice, "delta", "content"));
      reasoning.append(LenientJson.text(choice, "delta", "reasoning"));
      String reason = LenientJson.text(choice, "finish_reason");
      finish = reason.isEmpty() ? finish : reason;
    }

    EventStream whole() {
      ObjectNode choice = root.putArray("choices").addObject();
      choice.put("finish_reason", finish);
      choice
          .putObject("message")
          .put("content", content.toString())
          .put("reasoning", reasoning.toString());
      return new EventStream(root, done || !finish.isEmpty());
    }
  }
}
