package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.db.TextResource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The prompt of an operation: a file of {@code prompts/} with its placeholders filled in.
 *
 * <p>The inputs must match the placeholders exactly; a mismatch is a bug and stops the operation
 * before a request is sent.
 */
public final class PromptText {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z_0-9]+)}");

  private final String system;
  private final String user;

  private PromptText(String system, String user) {
    this.system = system;
    this.user = user;
  }

  /**
   * Reads a prompt.
   *
   * @param file its name without {@code .txt}
   */
  public static PromptText of(String file) {
    var text = TextResource.read("prompts/" + file + ".txt");
    var parts = text.split("(?m)^=== user\\n", 2);
    return new PromptText(
        parts[0].replaceFirst("(?m)\\A=== system\\n", "").strip(), parts[1].strip());
  }

  /**
   * The JSON schema of replies with this name, which is the file name without {@code .schema.json}.
   */
  public static String schema(String name) {
    return TextResource.read("prompts/" + name + ".schema.json").strip();
  }

  /** The system message, with the header that all operations share, and the user message. */
  public Prompt prompt(
      Operation operation,
      ArticleRequest articleRequest,
      Map<String, String> inputs,
      int maxTokens,
      double temperature,
      Optional<String> schema) {
    var head =
        Map.of(
            "name", operation.label(),
            "ordinal", Integer.toString(operation.number()),
            "language", articleRequest.languageName(),
            "audience", articleRequest.audience(),
            "tone", articleRequest.tone());
    var used = new HashSet<String>();
    var all = new HashMap<>(inputs);
    all.putIfAbsent("language", articleRequest.languageName());
    var filledSystem =
        fill(TextResource.read("prompts/head.txt").strip(), head, new HashSet<>())
            + "\n"
            + fill(system, all, used);
    var filledUser = fill(user, all, used);
    if (!used.containsAll(inputs.keySet())) {
      var unused = new HashSet<>(inputs.keySet());
      unused.removeAll(used);
      throw new IllegalStateException(
          "The prompt of " + operation.label() + " has no placeholder for " + unused);
    }
    return new Prompt(filledSystem.strip(), filledUser, maxTokens, temperature, schema);
  }

  /** The user message alone, for a request without a conversation. */
  public String user(Map<String, String> inputs) {
    return fill(user, inputs, new HashSet<>());
  }

  /** Replaces data delimiters in a text, so that the text cannot end the data around it. */
  public static String data(String text) {
    return text.replace("<<<", "‹‹‹").replace(">>>", "›››");
  }

  private static String fill(String text, Map<String, String> inputs, HashSet<String> used) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            place -> {
              var value = inputs.get(place.group(1));
              if (value == null) {
                throw new IllegalStateException(
                    "There is no value for the placeholder {" + place.group(1) + "}");
              }
              used.add(place.group(1));
              return Matcher.quoteReplacement(value);
            });
  }
}
