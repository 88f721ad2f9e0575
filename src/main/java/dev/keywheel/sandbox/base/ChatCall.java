package dev.keywheel.sandbox.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A request for a completion.
 *
 * @param maxTokens {@link #NO_LIMIT} when the caller sets none
 * @param format {@code text}, {@code json_object} or {@code json_schema}
 * @param schema the JSON Schema that the answer must follow; missing when the caller gives none
 * @param modalities output modalities; empty when not given
 */
public record ChatCall(
    String model,
    List<Message> messages,
    int maxTokens,
    boolean stream,
    String format,
    JsonNode schema,
    List<String> modalities,
    boolean requireParameters) {

  public static final int NO_LIMIT = Integer.MAX_VALUE;

  /** Phrases with which a caller asks for the rest of a cut answer. */
  private static final List<String> GO_ON =
      List.of(
          "continue",
          "go on",
          "next character",
          "carry on",
          "where you stopped",
          "where it stopped");

  /** Part of every message with which Keywheel rejects an answer. */
  private static final String REASK = "cannot be used";

  public record Message(String role, String text) {}

  /** A call with these texts of the user and no options. */
  public static ChatCall of(String model, List<String> texts, List<String> modalities) {
    var messages = texts.stream().map(text -> new Message("user", text)).toList();
    return new ChatCall(
        model, messages, NO_LIMIT, false, "text", MissingNode.getInstance(), modalities, false);
  }

  /** The parsed request, or the reason why it cannot be parsed. */
  public sealed interface Reading {
    record Parsed(ChatCall call) implements Reading {}

    record Unreadable(String why) implements Reading {}
  }

  public static Reading read(JsonNode body) {
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
    return new Reading.Parsed(
        new ChatCall(
            body.path("model").asText(OfferedModels.defaultModel().id()),
            List.copyOf(messages),
            limit,
            body.path("stream").asBoolean(false),
            body.path("response_format").path("type").asText("text"),
            body.at("/response_format/json_schema/schema"),
            strings(body.path("modalities")),
            body.path("provider").path("require_parameters").asBoolean(false)));
  }

  public SandboxOperation operation() {
    var named = SandboxOperation.of(system());
    return named == SandboxOperation.OTHER && wantsImage() ? SandboxOperation.IMAGE : named;
  }

  /** Whether the caller asks for an image. */
  boolean wantsImage() {
    return modalities.contains("image")
        || OfferedModels.find(model).map(OfferedModels.Model::generatesImages).orElse(false);
  }

  public String system() {
    return firstOf("system").or(() -> firstOf("developer")).orElse("");
  }

  /** The task: the system message and the first user message, without later messages. */
  public String task() {
    return system() + "\n" + firstOf("user").orElse("");
  }

  public String lastUser() {
    return messages.reversed().stream()
        .filter(m -> m.role.equals("user"))
        .map(Message::text)
        .findFirst()
        .orElse("");
  }

  /** Whether the caller has rejected an earlier answer and asks for a new one. */
  public boolean reasked() {
    return messages.size() > 2 && lastUser().contains(REASK);
  }

  /** The cut answer, if the caller asks for its rest; empty otherwise. */
  public Optional<String> cutAnswer() {
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

  public int promptTokens() {
    return messages.stream().mapToInt(m -> TokenCount.count(m.text) + 4).sum();
  }

  /** Identifies a request: equal messages, model and format give the same fingerprint. */
  public String fingerprint() {
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
    return content
        .valueStream()
        .map(part -> part.path("text").asText(""))
        .collect(Collectors.joining("\n"));
  }

  private static List<String> strings(JsonNode array) {
    return array.valueStream().map(JsonNode::asText).toList();
  }
}
