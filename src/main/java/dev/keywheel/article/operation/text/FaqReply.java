package dev.keywheel.article.operation.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.reply.JsonFields;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Parses the answers in the forms that models send. The requested form is {@code
 * {"items":[{"id":"q1","answer":"…"}]}}; an answer is matched to its question by the exact id,
 * otherwise by the text of the question, by a number such as "Q1" or, last, by the order.
 */
final class FaqReply {
  private static final List<String> LISTS =
      List.of(JsonReply.BARE_LIST, "faq", "faqs", "answers", "questions", "qa", "list", "results");
  private static final List<String> IDS = List.of("id", "key", "number", "no", "q");
  private static final List<String> QUESTIONS =
      List.of("question", "q", "title", "name", "heading");
  private static final List<String> ANSWERS =
      List.of("answer", "text", "a", "content", "response", "reply", "value", "body");
  private static final Pattern NUMBER =
      Pattern.compile("(?i)(?:q|question|a|answer|faq)?[\\s_.#-]*(\\d{1,2})[.):]?");
  private static final double SAME_QUESTION = 0.7;
  private static final double SAME_SENTENCE = 0.85;

  /** A heading or label before the text, such as "Answer:". */
  private static final Pattern LABEL =
      Pattern.compile(
          "(?iu)\\A(?:#{1,6}\\s[^\\n"
              + "]*\\n"
              + "+\\s*|[*_]{0,2}(?:answer|a|antwort|réponse|respuesta|risposta|resposta)"
              + "\\s?\\d{0,2}(?::[*_]{0,2}|[*_]{1,2}:)\\s+)+");

  /** A question at the start of the text, perhaps bold. */
  private static final Pattern QUESTION =
      Pattern.compile("\\A[*_]{0,2}([^.!?\\n]{5,200}[?？؟])[*_]{0,2}\\s*");

  private final List<Question> questions;
  private final List<String> repairs = new ArrayList<>();

  FaqReply(List<Question> questions) {
    this.questions = questions;
  }

  Blocks blocks(String visible) {
    var json = JsonReply.read(visible, LISTS.toArray(String[]::new));
    repairs.addAll(json.repairs());
    if (json.object().isEmpty()) {
      return new Blocks(Map.of(), "", List.of(), List.of(), repairs);
    }
    var items = items(json.object().get());
    var ids = ids(items);
    var found = new LinkedHashMap<String, String>();
    var last = "";
    for (int i = 0; i < items.size(); i++) {
      var answer = answerOnly(answer(items.get(i)), ids.get(i));
      if (!ids.get(i).isEmpty() && !answer.isEmpty()) {
        found.merge(ids.get(i), answer, (a, b) -> a.length() >= b.length() ? a : b);
        last = ids.get(i);
      }
    }
    var ordered = new LinkedHashMap<String, String>();
    questions.stream()
        .map(Question::id)
        .filter(found::containsKey)
        .forEach(id -> ordered.put(id, found.get(id)));
    return new Blocks(ordered, json.complete() ? "" : last, List.of(), List.of(), repairs);
  }

  /** The items of a list under any known name, a single item, or the entries of an object by id. */
  private static List<JsonNode> items(JsonNode json) {
    var list = lists(json).filter(JsonNode::isArray).findFirst();
    if (list.isPresent()) {
      return list.get().valueStream().toList();
    }
    if (ANSWERS.stream().anyMatch(name -> JsonFields.has(json, name))
        && (JsonFields.has(json, "id") || JsonFields.has(json, "question"))) {
      return List.of(json);
    }
    var byId = lists(json).filter(JsonNode::isObject).findFirst().orElse(json);
    return byId.properties().stream().map(e -> item(e.getKey(), e.getValue())).toList();
  }

  private static Stream<JsonNode> lists(JsonNode json) {
    return LISTS.stream().map(name -> JsonFields.field(json, name));
  }

  private static JsonNode item(String id, JsonNode value) {
    var item = JsonNodeFactory.instance.objectNode();
    if (value.isObject()) {
      item.setAll((ObjectNode) value);
    } else {
      item.set("answer", value);
    }
    return item.put("id", id);
  }

  private static String answer(JsonNode item) {
    if (item.isTextual()) {
      return JsonFields.text(JsonNodeFactory.instance.objectNode().set("answer", item), "answer");
    }
    for (var name : ANSWERS) {
      var value = JsonFields.field(item, name);
      if (value.isArray()) {
        return value.valueStream().map(JsonNode::asText).collect(Collectors.joining("\n\n"));
      }
      var text = JsonFields.text(item, name);
      if (!text.isEmpty()) {
        return text;
      }
    }
    return "";
  }

  /** Removes the heading, the label and the repeated question from an answer. */
  private String answerOnly(String answer, String id) {
    var text = LABEL.matcher(answer.strip()).replaceFirst("");
    var first = QUESTION.matcher(text);
    if (first.find() && isQuestion(first.group(1), id)) {
      text = text.substring(first.end());
    }
    text = LABEL.matcher(text.strip()).replaceFirst("").strip();
    if (text.isEmpty() || text.equals(answer.strip())) {
      return answer;
    }
    addRepair("label or question removed from an answer");
    return text;
  }

  private boolean isQuestion(String sentence, String id) {
    return questions.stream()
        .anyMatch(
            q -> q.id().equals(id) && Tokenizer.similarity(q.text(), sentence) > SAME_SENTENCE);
  }

  /** The question id of each item; empty if no question matches. */
  private List<String> ids(List<JsonNode> items) {
    var ids = new ArrayList<>(items.stream().map(this::id).toList());
    if (items.size() == questions.size()) {
      for (int i = 0; i < ids.size(); i++) {
        var next = questions.get(i).id();
        if (ids.get(i).isEmpty() && !ids.contains(next)) {
          ids.set(i, next);
          addRepair("answers taken in the order of the questions");
        }
      }
    }
    return ids;
  }

  private String id(JsonNode item) {
    var written = JsonFields.line(item, IDS);
    if (isId(written)) {
      return written;
    }
    var question = JsonFields.line(item, QUESTIONS);
    var same =
        idByText(question)
            .or(() -> idByText(written))
            .or(() -> idByNumber(written))
            .or(() -> idByNumber(question));
    same.ifPresent(_ -> addRepair("answer found by its question"));
    return same.orElse("");
  }

  private boolean isId(String id) {
    return questions.stream().anyMatch(q -> q.id().equals(id));
  }

  private Optional<String> idByText(String question) {
    return questions.stream()
        .filter(
            q -> !question.isEmpty() && Tokenizer.similarity(q.text(), question) > SAME_QUESTION)
        .map(Question::id)
        .findFirst();
  }

  /** The id of a numbered question: "Q1", "1." and "question 1" mean q1. */
  private Optional<String> idByNumber(String id) {
    var number = NUMBER.matcher(id.toLowerCase(Locale.ROOT));
    return number.matches()
        ? Optional.of("q" + Integer.parseInt(number.group(1))).filter(this::isId)
        : Optional.empty();
  }

  private void addRepair(String how) {
    if (!repairs.contains(how)) {
      repairs.add(how);
    }
  }
}
