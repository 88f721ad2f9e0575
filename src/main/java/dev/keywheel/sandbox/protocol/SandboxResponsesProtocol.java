package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.CompletionBody;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /responses}; nothing is stored. */
record SandboxResponsesProtocol() implements SandboxProtocol {
  @Override
  public JsonNode asChat(JsonNode request) {
    ObjectNode chat = request.deepCopy();
    if (request.has("max_output_tokens")) {
      chat.set("max_tokens", request.path("max_output_tokens"));
    }
    var messages = SandboxJson.MAPPER.createArrayNode();
    if (request.has("instructions")) {
      messages
          .addObject()
          .put("role", "system")
          .put("content", request.path("instructions").asText());
    }
    JsonNode input = request.path("input");
    if (input.isTextual()) {
      messages.addObject().put("role", "user").put("content", input.asText());
    }
    for (JsonNode item : input) {
      if (item.has("role")) {
        messages
            .addObject()
            .put("role", item.path("role").asText())
            .set("content", item.path("content"));
      }
    }
    chat.set("messages", messages);
    SandboxProtocol.setFormat(chat, request.at("/text/format"));
    return chat;
  }

  @Override
  public ObjectNode whole(CompletionBody body) {
    var response = response(body, body.finish().equals("length") ? "incomplete" : "completed");
    response.putArray("output").add(item(body, "completed", body.text()));
    if (body.finish().equals("length")) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    var usage = response.putObject("usage");
    usage.put("input_tokens", body.promptTokens()).put("output_tokens", body.completionTokens());
    usage.putObject("input_tokens_details").put("cached_tokens", 0);
    usage.putObject("output_tokens_details").put("reasoning_tokens", body.reasoningTokens());
    usage.put("total_tokens", body.promptTokens() + body.completionTokens());
    usage.put("cost", body.cost());
    return response;
  }

  @Override
  public List<String> events(CompletionBody body) {
    var events = new Events(body);
    var open = response(body, "in_progress");
    open.putArray("output");
    events.add("response.created").set("response", open);
    events.add("response.in_progress").set("response", open);
    events
        .add("response.output_item.added")
        .put("output_index", 0)
        .set("item", item(body, "in_progress", null));
    events.part("response.content_part.added").set("part", text(""));
    for (String piece : body.pieces()) {
      events.part("response.output_text.delta").put("delta", piece).putArray("logprobs");
    }
    events.part("response.output_text.done").put("text", body.text()).putArray("logprobs");
    events.part("response.content_part.done").set("part", text(body.text()));
    events
        .add("response.output_item.done")
        .put("output_index", 0)
        .set("item", item(body, "completed", body.text()));
    var whole = whole(body);
    events.add("response." + whole.path("status").asText()).set("response", whole);
    return events.formatted();
  }

  /** The events of a stream, with their sequence numbers. */
  private static final class Events {
    private final CompletionBody body;
    private final List<ObjectNode> all = new ArrayList<>();

    Events(CompletionBody body) {
      this.body = body;
    }

    ObjectNode add(String type) {
      var event = SandboxJson.object().put("type", type).put("sequence_number", all.size());
      all.add(event);
      return event;
    }

    ObjectNode part(String type) {
      return add(type).put("item_id", itemId(body)).put("output_index", 0).put("content_index", 0);
    }

    List<String> formatted() {
      return all.stream()
          .map(event -> "event: " + event.path("type").asText() + "\n" + CompletionBody.data(event))
          .toList();
    }
  }

  private static ObjectNode response(CompletionBody body, String status) {
    var response =
        SandboxJson.object()
            .put("id", body.id())
            .put("object", "response")
            .put("created_at", body.created())
            .put("status", status)
            .put("model", body.model().id());
    response.putNull("error").putNull("incomplete_details").putNull("instructions");
    response.put("parallel_tool_calls", true).put("tool_choice", "auto").put("store", false);
    response.putArray("tools");
    response.putObject("metadata");
    return response;
  }

  private static String itemId(CompletionBody body) {
    return "msg_" + body.id();
  }

  private static ObjectNode item(
      CompletionBody body, String status, @org.jspecify.annotations.Nullable String text) {
    var item =
        SandboxJson.object()
            .put("type", "message")
            .put("id", itemId(body))
            .put("status", status)
            .put("role", "assistant");
    var content = item.putArray("content");
    if (text != null) {
      content.add(text(text));
    }
    return item;
  }

  private static ObjectNode text(String text) {
    var part = SandboxJson.object().put("type", "output_text").put("text", text);
    part.putArray("annotations");
    return part;
  }

  @Override
  public String errorEvent(int code, String message) {
    var event =
        SandboxJson.object()
            .put("type", "error")
            .put("code", String.valueOf(code))
            .put("message", message)
            .putNull("param");
    return "event: error\n" + CompletionBody.data(event);
  }
}
