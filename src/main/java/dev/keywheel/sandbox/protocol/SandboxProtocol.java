package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.faults.CompletionBody;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.util.List;

/** The formats of requests, answers, events and errors of one API. Supports text only. */
public sealed interface SandboxProtocol
    permits SandboxChatProtocol,
        SandboxMessagesProtocol,
        SandboxResponsesProtocol,
        SandboxCompletionsProtocol {

  /** Converts a request to the format of a chat completion. */
  JsonNode asChat(JsonNode request);

  ObjectNode whole(CompletionBody body);

  /** The formatted events, in order. The last one is the event with which the API ends a stream. */
  List<String> events(CompletionBody body);

  /** Converts an error from the chat format to the format of this API. */
  default SandboxResponse.Whole error(SandboxResponse.Whole chat) {
    return chat;
  }

  /** The event that reports an error inside a stream. */
  String errorEvent(int code, String message);

  /**
   * Sets the requested format of the answer in a chat request.
   *
   * @param format format object of a Messages or Responses request; ignored when missing
   */
  static void setFormat(ObjectNode chat, JsonNode format) {
    if (format.isObject()) {
      var asked = chat.putObject("response_format").put("type", format.path("type").asText());
      asked.putObject("json_schema").set("schema", format.path("schema"));
    }
  }

  static SandboxProtocol ofPath(String path) {
    return switch (path) {
      case "/messages" -> new SandboxMessagesProtocol();
      case "/responses" -> new SandboxResponsesProtocol();
      case "/completions" -> new SandboxCompletionsProtocol();
      default -> new SandboxChatProtocol();
    };
  }
}
