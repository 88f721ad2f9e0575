package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Whether a part of an answer has content. Reasoning is no content. An unknown part counts as
 * content, so that only answers without any are reported as empty.
 */
final class AnswerContent {
  private static final Set<String> NO_CONTENT =
      Set.of(
          "id",
          "index",
          "phase",
          "reasoning",
          "reasoning_content",
          "reasoning_details",
          "role",
          "status",
          "type");

  private AnswerContent() {}

  /** A choice of a chat completion, of a text completion, or of an event of their streams. */
  static boolean inChoice(JsonNode choice) {
    return inValue(choice.path("message"))
        || inValue(choice.path("delta"))
        || inValue(choice.path("text"));
  }

  /** A block of a message, a delta of a block, or an output item of a response. */
  static boolean inItem(JsonNode item) {
    String type = LenientJson.text(item, "type");
    boolean reasoning =
        type.contains("reasoning") || type.contains("thinking") || type.contains("signature");
    return !reasoning && inValue(item);
  }

  static boolean inItems(JsonNode items) {
    return StreamSupport.stream(items.spliterator(), false).anyMatch(AnswerContent::inItem);
  }

  static boolean inValue(JsonNode value) {
    if (value.isTextual()) {
      return !value.asText().isBlank();
    }
    if (value.isObject()) {
      return value.properties().stream()
          .anyMatch(field -> !NO_CONTENT.contains(field.getKey()) && inValue(field.getValue()));
    }
    if (value.isArray()) {
      return StreamSupport.stream(value.spliterator(), false).anyMatch(AnswerContent::inValue);
    }
    return !value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.asBoolean());
  }

  /** Whether the model ended its answer by itself, so that an answer without content is empty. */
  static boolean isRegularEnd(String finishReason) {
    return switch (finishReason) {
      case "", "stop", "end_turn", "completed" -> true;
      default -> false;
    };
  }
}
