package dev.keywheel.web.gateway;

import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads the targets of an alias: one {@code provider/model} per line. Targets that share requests
 * are on one line, each with its weight: {@code provider/model 3 | provider/model 1}. Fields that a
 * target sets follow it as a JSON object: {@code provider/model {"temperature": 0}}.
 */
public final class AliasForm {
  private static final int LONGEST = 30_000;
  private static final Pattern WEIGHTED = Pattern.compile("(\\S+)\\s+([1-9][0-9]{0,3})");

  private AliasForm() {}

  static List<AliasTarget> targets(Form form) {
    form.text("targets", LONGEST); // checks the length
    return targets(form.raw("targets")); // errors number the lines as typed
  }

  static List<AliasTarget> targets(String text) {
    String[] lines = text.split("\\R");
    return IntStream.range(0, lines.length)
        .filter(i -> !lines[i].isBlank())
        .boxed()
        .flatMap(i -> step(i + 1, lines[i].strip()))
        .toList();
  }

  private static Stream<AliasTarget> step(int lineNumber, String line) {
    var step = new ArrayList<AliasTarget>();
    int from = 0;
    do {
      int end = end(line, from);
      step.add(target(lineNumber, line.substring(from, end).strip(), !step.isEmpty()));
      from = end + 1;
    } while (from <= line.length());
    return step.stream();
  }

  /** Index of the next {@code |} that is not within a JSON object, or of the end of the line. */
  private static int end(String line, int from) {
    int depth = 0;
    boolean quoted = false;
    int at = from;
    while (at < line.length() && (depth > 0 || line.charAt(at) != '|')) {
      switch (line.charAt(at)) {
        case '"' -> quoted = depth > 0 && !quoted;
        case '\\' -> at += quoted ? 1 : 0;
        case '{' -> depth += quoted ? 0 : 1;
        case '}' -> depth -= quoted || depth == 0 ? 0 : 1;
        default -> {}
      }
      at++;
    }
    return Math.min(at, line.length());
  }

  private static AliasTarget target(int lineNumber, String part, boolean shared) {
    int object = part.indexOf('{');
    String fields = object < 0 ? "" : part.substring(object);
    String text = object < 0 ? part : part.substring(0, object).strip();
    var weighted = WEIGHTED.matcher(text);
    String line = weighted.matches() ? weighted.group(1) : text;
    int weight = weighted.matches() ? Integer.parseInt(weighted.group(2)) : 1;
    int slash = line.indexOf('/');
    if (slash < 1) {
      throw new Rejected(
          "targets",
          "Line "
              + lineNumber
              + ": a target is a provider, a / and the id of a model, such as"
              + " openrouter/openai/gpt-4o.");
    }
    return new AliasTarget(
        line.substring(0, slash), line.substring(slash + 1), weight, shared, fields);
  }

  /** The saved targets as text, as a newly opened form shows them. */
  public static String text(Alias alias) {
    return alias.steps().stream().map(Alias::text).collect(Collectors.joining("\n"));
  }
}
