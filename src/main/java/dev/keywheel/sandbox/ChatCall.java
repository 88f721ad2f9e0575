package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A completion as it was asked for.
 *
 * @param maxTokens {@link #NO_LIMIT} when the caller names none
 * @param format {@code text}, {@code json_object} or {@code json_schema}
 * @param modalities what the answer may be; empty when not said
 */
record ChatCall(
    String model,
    List<Message> messages,
    int maxTokens,
    boolean stream,
    String format,
    List<String> modalities,
    boolean requireParameters) {

  static final int NO_LIMIT = Integer.MAX_VALUE;

  /** How often models refuse to go on from the exact character, this is how callers ask for it. */
  private static final List<String> GO_ON =
      List.of(
          "continue",
          "go on",
          "next character",
          "carry on",
          "where you stopped",
          "where it stopped");

  private static final String REASK = "cannot be used";

  record Message(String role, String text) {}

  /** Why a request cannot be read, as a sentence, or the request. */
  sealed interface Reading {
    record Readable(ChatCall call) implements Reading {}

    record Unreadable(String why) implements Reading {}
  }

  static Reading read(JsonNode body) {
    if (!body.path("messages").isArray() || body.path("messages").isEmpty()) {
      return new Reading.Unreadable("Input required: specify \"prompt\" or \"messages\"");
    }
    var messages = new ArrayList<Message>();
    for (var message : body.path("messages")) {
      messages.add(new Message(message.path("role").asText(), textOf(message.path("content"))));
    }
    var limit = body.path("max_completion_tokens").asInt(body.path("max_tokens").asInt(NO_LIMIT));
    if (limit < 1) {
      return new Reading.Unreadable("max_tokens must be at least 1");
    }
    return new Reading.Readable(
        new ChatCall(
            body.path("model").asText(Catalogue.standard().id()),
            List.copyOf(messages),
            limit,
            body.path("stream").asBoolean(false),
            body.path("response_format").path("type").asText("text"),
            strings(body.path("modalities")),
            body.path("provider").path("require_parameters").asBoolean(false)));
  }

  Operation operation() {
    var named = Operation.of(system());
    return named == Operation.OTHER && paints() ? Operation.IMAGE : named;
  }

  /** Whether the answer is to be a picture. */
  boolean paints() {
    return modalities.contains("image")
        || Catalogue.find(model).map(Catalogue.Model::paints).orElse(false);
  }

  String system() {
    return firstOf("system").or(() -> firstOf("developer")).orElse("");
  }

  /**
   * System message and first user message: what the work is, without what was said about earlier
   * answers.
   */
  String task() {
    return system() + "\n" + firstOf("user").orElse("");
  }

  String lastUser() {
    return messages.reversed().stream()
        .filter(m -> m.role.equals("user"))
        .map(Message::text)
        .findFirst()
        .orElse("");
  }

  /** Whether an earlier answer was turned down and is asked for again. */
  boolean reasked() {
    return messages.size() > 2 && lastUser().contains(REASK);
  }

  /** The end of an answer that was cut, when the caller asks to go on from there. */
  Optional<String> cutAnswer() {
    var last = messages.getLast();
    if (last.role.equals("assistant")) {
      return Optional.of(last.text);
    }
    var before = messages.size() < 2 ? last : messages.get(messages.size() - 2);
    var asksToGoOn = GO_ON.stream().anyMatch(last.text.toLowerCase(Locale.ROOT)::contains);
    return before.role.equals("assistant") && asksToGoOn && !reasked()
        ? Optional.of(before.text)
        : Optional.empty();
  }

  int promptTokens() {
    return messages.stream().mapToInt(m -> Tokens.count(m.text) + 4).sum();
  }

  /** Tells requests apart: the same words to the same model are the same request. */
  String fingerprint() {
    var words =
        messages.stream().map(m -> m.role + "\0" + m.text).collect(Collectors.joining("\0"));
    return Hash.of(model, words, format).hex(24);
  }

  private Optional<String> firstOf(String role) {
    return messages.stream().filter(m -> m.role.equals(role)).map(Message::text).findFirst();
  }

  private static String textOf(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    return StreamSupport.stream(content.spliterator(), false)
        .map(part -> part.path("text").asText(""))
        .collect(Collectors.joining("\n"));
  }

  private static List<String> strings(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }
}
