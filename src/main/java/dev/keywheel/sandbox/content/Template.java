package dev.keywheel.sandbox.content;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Fills the {@code {slots}} of the texts of a page with the topic and the criteria of its domain.
 * The values of {@code {Topic}} and {@code {C1}} begin with a capital letter.
 */
final class Template {

  private static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");

  private final Map<String, String> values = new HashMap<>();

  Template(Topic topic) {
    var domain = ComparisonDomain.rating(topic);
    values.put("topic", topic.text());
    values.put("Topic", topic.capitalised());
    values.put("thing", domain.thing());
    values.put("score", domain.tool());
    for (var i = 0; i < domain.criteria().size(); i++) {
      var criterion = domain.criteria().get(i);
      values.put("C" + (i + 1), criterion);
      values.put(
          "c" + (i + 1),
          criterion.substring(0, 1).toLowerCase(Locale.ROOT) + criterion.substring(1));
    }
    values.put(
        "criteria",
        IntStream.range(0, domain.criteria().size())
            .mapToObj(i -> "- **" + domain.criteria().get(i) + ".** " + domain.reasons().get(i))
            .collect(Collectors.joining("\n")));
  }

  /** The text with its slots filled; an unknown slot is left unchanged. */
  String fill(String text) {
    return fill(text, values);
  }

  static String fill(String text, Map<String, String> values) {
    return SLOT.matcher(text)
        .replaceAll(
            slot -> Matcher.quoteReplacement(values.getOrDefault(slot.group(1), slot.group())));
  }
}
