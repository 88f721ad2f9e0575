package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.Set;

/**
 * Decides whether a part of an answer has content. Reasoning does not count. An unknown part counts
 * as content, so that only answers without any are reported as empty.
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

  /** Number of levels that are searched; anything nested deeper counts as content. */
  private static final int MAX_SEARCH_DEPTH = 50;

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
    return items.valueStream().anyMatch(AnswerContent::inItem);
  }

  static boolean inValue(JsonNode value) {
    return inValue(value, MAX_SEARCH_DEPTH);
  }

  private static boolean inValue(JsonNode value, int levels) {
    if (value.isTextual()) {
      return !value.asText().isBlank();
    }
    if (value.isContainerNode() && levels == 0) {
      return true;
    }
    if (value.isObject()) {
      return value.properties().stream()
          .filter(field -> !NO_CONTENT.contains(field.getKey()))
          .anyMatch(field -> inValue(field.getValue(), levels - 1));
    }
    if (value.isArray()) {
      return value.valueStream().anyMatch(item -> inValue(item, levels - 1));
    }
    return !value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.asBoolean());
  }

  /** Whether an answer without content counts as empty: its finish reason is regular or missing. */
  static boolean isRegularEnd(String finishReason) {
    return switch (finishReason) {
      case "", "stop", "end_turn", "completed" -> true;
      default -> false;
    };
  }
}
