package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.CompletionBody;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /completions}: text without messages. */
record SandboxCompletionsProtocol() implements SandboxProtocol {
  @Override
  public JsonNode asChat(JsonNode request) {
    ObjectNode chat = request.deepCopy();
    JsonNode prompt = request.path("prompt");
    if (!prompt.isMissingNode()) {
      chat.putArray("messages")
          .addObject()
          .put("role", "user")
          .put("content", prompt.isArray() ? prompt.path(0).asText() : prompt.asText());
    }
    return chat;
  }

  @Override
  public ObjectNode whole(CompletionBody body) {
    return last(body, body.text());
  }

  private static ObjectNode last(CompletionBody body, String text) {
    var whole = chunk(body, text, body.finish());
    whole.set("usage", body.usage());
    return whole;
  }

  @Override
  public List<String> events(CompletionBody body) {
    var events = new ArrayList<String>();
    body.pieces().forEach(piece -> events.add(CompletionBody.data(chunk(body, piece, null))));
    events.add(CompletionBody.data(last(body, "")));
    events.add("data: [DONE]\n\n");
    return events;
  }

  private static ObjectNode chunk(CompletionBody body, String text, @Nullable String finish) {
    var chunk =
        SandboxJson.object()
            .put("id", body.id())
            .put("object", "text_completion")
            .put("created", body.created())
            .put("model", body.model().id());
    chunk
        .putArray("choices")
        .addObject()
        .put("index", 0)
        .put("text", text)
        .putNull("logprobs")
        .put("finish_reason", finish);
    return chunk;
  }

  @Override
  public String errorEvent(int code, String message) {
    return new SandboxChatProtocol().errorEvent(code, message);
  }
}
