package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.CompletionBody;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /messages}, in the form of Anthropic's API. */
record SandboxMessagesProtocol() implements SandboxProtocol {
  @Override
  public JsonNode asChat(JsonNode request) {
    ObjectNode chat = request.deepCopy();
    if (request.path("messages").isArray()) {
      var messages = chat.putArray("messages");
      if (request.has("system")) {
        messages.addObject().put("role", "system").set("content", request.path("system"));
      }
      request.path("messages").forEach(messages::add);
    }
    SandboxProtocol.setFormat(chat, request.at("/output_config/format"));
    return chat;
  }

  @Override
  public ObjectNode whole(CompletionBody body) {
    var message = message(body);
    ((com.fasterxml.jackson.databind.node.ArrayNode) message.path("content"))
        .addObject()
        .put("type", "text")
        .put("text", body.text());
    message.put("stop_reason", stopReason(body));
    message.set("usage", usage(body, body.completionTokens()));
    return message;
  }

  @Override
  public List<String> events(CompletionBody body) {
    var events = new ArrayList<String>();
    var start = typed("message_start");
    var message = message(body);
    message.set("usage", usage(body, 0));
    start.set("message", message);
    events.add(event(start));
    var block = typed("content_block_start").put("index", 0);
    block.putObject("content_block").put("type", "text").put("text", "");
    events.add(event(block));
    events.add(event(typed("ping")));
    for (String piece : body.pieces()) {
      var delta = typed("content_block_delta").put("index", 0);
      delta.putObject("delta").put("type", "text_delta").put("text", piece);
      events.add(event(delta));
    }
    events.add(event(typed("content_block_stop").put("index", 0)));
    var end = typed("message_delta");
    end.putObject("delta").put("stop_reason", stopReason(body)).putNull("stop_sequence");
    end.set("usage", usage(body, body.completionTokens()));
    events.add(event(end));
    events.add(event(typed("message_stop")));
    return events;
  }

  private static ObjectNode message(CompletionBody body) {
    var message =
        SandboxJson.object()
            .put("id", "msg_" + body.id())
            .put("type", "message")
            .put("role", "assistant")
            .put("model", body.model().id());
    message.putArray("content");
    return message.putNull("stop_reason").putNull("stop_sequence");
  }

  private static String stopReason(CompletionBody body) {
    return switch (body.finish()) {
      case "length" -> "max_tokens";
      case "content_filter" -> "refusal";
      default -> "end_turn";
    };
  }

  private static ObjectNode usage(CompletionBody body, int output) {
    return SandboxJson.object()
        .put("input_tokens", body.promptTokens())
        .put("output_tokens", output)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", 0)
        .put("cost", body.cost());
  }

  private static ObjectNode typed(String type) {
    return SandboxJson.object().put("type", type);
  }

  private static String event(ObjectNode event) {
    return "event: " + event.path("type").asText() + "\n" + CompletionBody.data(event);
  }

  @Override
  public SandboxResponse.Whole error(SandboxResponse.Whole chat) {
    return SandboxJson.read(chat.body())
        .filter(body -> body.path("error").isObject())
        .map(body -> translated(chat, body.path("error")))
        .orElse(chat);
  }

  private static SandboxResponse.Whole translated(SandboxResponse.Whole chat, JsonNode error) {
    var body = typed("error");
    body.set("error", error(error.path("code").asInt(chat.status()), error));
    return SandboxResponse.json(chat.status(), body, chat.headers(), chat.fault());
  }

  private static ObjectNode error(int code, JsonNode chat) {
    var error = typed(type(code)).put("message", chat.path("message").asText());
    if (chat.has("metadata")) {
      error.set("metadata", chat.path("metadata"));
    }
    return error;
  }

  private static String type(int code) {
    return switch (code) {
      case 400, 422 -> "invalid_request_error";
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 503, 529 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> "api_error";
    };
  }

  @Override
  public String errorEvent(int code, String message) {
    var event = typed("error");
    event.set("error", error(code, SandboxJson.object().put("message", message)));
    return event(event);
  }
}
