package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.db.TextResource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The wording of an operation, from {@code prompts/}: the text of a file with its places filled in.
 *
 * <p>An operation gives exactly the inputs that its file has places for. A place without an input,
 * or an input without a place, is a bug and stops the operation: no request can go out without what
 * it is to work on.
 */
public final class PromptText {
  private static final Pattern PLACE = Pattern.compile("\\{([a-z_0-9]+)}");

  private final String system;
  private final String user;

  private PromptText(String system, String user) {
    this.system = system;
    this.user = user;
  }

  public static PromptText of(String file) {
    var text = TextResource.read("prompts/" + file + ".txt");
    var parts = text.split("(?m)^=== user\\n", 2);
    return new PromptText(
        parts[0].replaceFirst("(?m)\\A=== system\\n", "").strip(), parts[1].strip());
  }

  /** System and user message; the head that all operations share comes first. */
  public Filled filled(
      Operation operation, ArticleRequest articleRequest, Map<String, String> inputs) {
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
        fill(TextResource.read("prompts/" + "head" + ".txt").strip(), head, new HashSet<>())
            + "\n"
            + fill(system, all, used);
    var filledUser = fill(user, all, used);
    if (!used.containsAll(inputs.keySet())) {
      var unused = new HashSet<>(inputs.keySet());
      unused.removeAll(used);
      throw new IllegalStateException(
          "The prompt of " + operation.label() + " has no place for " + unused);
    }
    return new Filled(filledSystem.strip(), filledUser);
  }

  /** The user message alone, for what is no conversation. */
  public String user(Map<String, String> inputs) {
    return fill(user, inputs, new HashSet<>());
  }

  public record Filled(String system, String user) {}

  /** Text of a user or a model between the signs for data: it cannot end the data by itself. */
  public static String data(String text) {
    return text.replace("<<<", "‹‹‹").replace(">>>", "›››");
  }

  private static String fill(String text, Map<String, String> inputs, HashSet<String> used) {
    return PLACE
        .matcher(text)
        .replaceAll(
            place -> {
              var value = inputs.get(place.group(1));
              if (value == null) {
                throw new IllegalStateException(
                    "Nothing to put in the place {" + place.group(1) + "}");
              }
              used.add(place.group(1));
              return java.util.regex.Matcher.quoteReplacement(value);
            });
  }
}
