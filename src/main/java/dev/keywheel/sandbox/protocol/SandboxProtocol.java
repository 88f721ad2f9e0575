package dev.keywheel.sandbox.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.faults.CompletionBody;
import dev.keywheel.sandbox.faults.SandboxResponse;
import java.util.List;

/** How one API writes requests, answers, events and errors. Text is all that it carries. */
public sealed interface SandboxProtocol
    permits SandboxChatProtocol,
        SandboxMessagesProtocol,
        SandboxResponsesProtocol,
        SandboxCompletionsProtocol {

  /** The request in the form of a chat completion. */
  JsonNode asChat(JsonNode request);

  ObjectNode whole(CompletionBody body);

  /** The formatted events, in order. The last one ends the stream in the way of the API. */
  List<String> events(CompletionBody body);

  /** An error that was written for chat. */
  default SandboxResponse.Whole error(SandboxResponse.Whole chat) {
    return chat;
  }

  /** The event that reports an error inside a stream. */
  String errorEvent(int code, String message);

  /**
   * Asks for an answer of a form.
   *
   * @param format as Messages and Responses name it, with the schema beside its type
   */
  static void askFor(ObjectNode chat, JsonNode format) {
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
