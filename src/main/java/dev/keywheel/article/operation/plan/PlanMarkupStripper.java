package dev.keywheel.article.operation.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.keywheel.article.reply.JsonFields;
import dev.keywheel.article.text.HtmlToMarkdown;
import java.util.Set;

/**
 * Strips markup from the texts of a model's plan that users read. Rules, tests, choices, examples
 * and ids stay unchanged.
 */
final class PlanMarkupStripper {
  private static final Set<String> EXACT = Set.of("rule", "tests", "choices", "example", "id");

  private PlanMarkupStripper() {}

  static JsonNode of(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var plain = object.objectNode();
        object
            .properties()
            .forEach(
                e ->
                    plain.set(
                        e.getKey(),
                        EXACT.contains(JsonFields.plain(e.getKey()))
                            ? e.getValue()
                            : of(e.getValue())));
        yield plain;
      }
      case ArrayNode array -> {
        var plain = array.arrayNode();
        array.forEach(item -> plain.add(of(item)));
        yield plain;
      }
      case TextNode text ->
          TextNode.valueOf(MarkupStripper.of(HtmlToMarkdown.markdown(text.textValue())));
      case JsonNode other -> other;
    };
  }
}
