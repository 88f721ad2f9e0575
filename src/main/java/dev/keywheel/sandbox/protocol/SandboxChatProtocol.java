package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.CompletionBody;
import java.util.List;

/** {@code POST /chat/completions}. */
record SandboxChatProtocol() implements SandboxProtocol {
  @Override
  public JsonNode asChat(JsonNode request) {
    return request;
  }

  @Override
  public ObjectNode whole(CompletionBody body) {
    return body.whole();
  }

  @Override
  public List<String> events(CompletionBody body) {
    return body.events();
  }

  @Override
  public String errorEvent(int code, String message) {
    var event = SandboxJson.object();
    event.putObject("error").put("code", code).put("message", message);
    return CompletionBody.data(event);
  }
}
