package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.text.GuideOperation.Example;
import dev.keywheel.article.tool.Manifest.Control;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.ToolDocument;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;

/** Compares the labels and numbers in a guide with those of its tool. Pure. */
final class ToolMentions {
  /** Minimum share of the input labels that the steps must name. */
  private static final double MIN_LABELS_NAMED = 0.8;

  private static final Pattern BOLD =
      Pattern.compile("\\*\\*([^*\n]{1,80})\\*\\*|__([^_\n]{1,80})__");
  private static final Pattern LIST_NUMBER = Pattern.compile("(?m)^[ \\t]*\\d+[.)]\\s");

  private final ToolDocument tool;
  private final String name;
  private final Example example;

  ToolMentions(ToolDocument tool, String name, Example example) {
    this.tool = tool;
    this.name = name;
    this.example = example;
  }

  /** The fault of steps that name too few of the input fields. */
  Optional<String> missingLabels(String steps) {
    var text = steps.toLowerCase(Locale.ROOT);
    var labels =
        tool.manifest().inputs().stream()
            .map(Control::label)
            .filter(l -> !l.isEmpty())
            .distinct()
            .toList();
    var missing = labels.stream().filter(l -> !text.contains(core(l))).toList();
    boolean enough = labels.size() - missing.size() >= Math.ceil(labels.size() * MIN_LABELS_NAMED);
    return enough
        ? Optional.empty()
        : Optional.of("does not name these fields: " + String.join(", ", missing));
  }

  /** A label in lower case, without the unit in brackets at its end. */
  private static String core(String label) {
    var core = label.replaceAll("\\s*[(\\[].*$", "").strip();
    return (core.isEmpty() ? label : core).toLowerCase(Locale.ROOT);
  }

  /** The fault of steps with bold names that are not in the tool. */
  Optional<String> unknownLabels(String steps) {
    var page = Jsoup.parse(tool.html());
    page.select("script, style").remove();
    var words =
        page.text().toLowerCase(Locale.ROOT)
            + " "
            + name.toLowerCase(Locale.ROOT)
            + " "
            + shownByAttributes(page).toLowerCase(Locale.ROOT);
    var unknown =
        BOLD.matcher(steps)
            .results()
            .map(m -> m.group(1) == null ? m.group(2) : m.group(1))
            .map(b -> b.replaceAll("[:.,!]+$", "").strip())
            .filter(
                b ->
                    !b.isEmpty()
                        && !words.contains(core(b))
                        && !b.matches("(?i)(?:step|schritt|étape|paso)?\\s*\\d+"))
            .distinct()
            .toList();
    return unknown.isEmpty()
        ? Optional.empty()
        : Optional.of("uses bold names that the tool does not have: " + String.join(", ", unknown));
  }

  private static String shownByAttributes(Document page) {
    return Stream.of("value", "placeholder", "aria-label")
        .flatMap(name -> page.select("[" + name + "]").eachAttr(name).stream())
        .collect(Collectors.joining(" "));
  }

  /** The fault of a text with numbers that are neither in the example nor in the tool. */
  Optional<String> unknownNumbers(String text) {
    var known =
        Stream.of(
                example.set().values().stream(),
                example.shown().values().stream(),
                Stream.of(tool.visibleText()),
                Stream.concat(tool.manifest().inputs().stream(), tool.manifest().outputs().stream())
                    .map(Control::label))
            .flatMap(s -> s)
            .flatMap(v -> Numbers.in(v).stream())
            .toList();
    var unknown =
        Numbers.each(LIST_NUMBER.matcher(text).replaceAll("")).stream()
            .filter(n -> n.readings().stream().noneMatch(r -> near(r, known)))
            .map(Numbers.WrittenNumber::text)
            .distinct()
            .toList();
    return unknown.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "uses numbers that are neither in the inputs nor in the given result: "
                + String.join(", ", unknown));
  }

  private static boolean near(double n, List<Double> known) {
    return known.stream().anyMatch(k -> Math.abs(k - n) <= Math.max(0.006, Math.abs(k) * 0.0001));
  }
}
