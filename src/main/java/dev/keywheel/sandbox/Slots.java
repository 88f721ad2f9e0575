package dev.keywheel.sandbox;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Fills {@code {slots}} of the texts: {@code {subject}} in a sentence, {@code {Subject}} at its
 * beginning.
 */
final class Slots {

  private static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");

  /** A verb for one thing and for several: {@code {is|are}}. */
  private static final Pattern VERB = Pattern.compile("\\{(\\w+)\\|(\\w+)}");

  private final boolean plural;

  private final Map<String, String> values = new HashMap<>();

  Slots(Subject subject) {
    var angle = subject.angle();
    plural = subject.plural();
    put("subject", subject.phrase());
    values.put("Subject", subject.title());
    put("yours", subject.yours());
    put("thing", angle.thing());
    for (var i = 0; i < angle.criteria().size(); i++) {
      put("c" + (i + 1), angle.inSentence(i));
    }
    values.put(
        "criteria",
        IntStream.range(0, angle.criteria().size())
            .mapToObj(i -> "- **" + angle.criteria().get(i) + ".** " + fill(angle.reasons().get(i)))
            .collect(Collectors.joining("\n")));
  }

  Slots with(String name, String value) {
    put(name, value);
    return this;
  }

  String fill(String text) {
    var agreeing = VERB.matcher(text).replaceAll(verb -> verb.group(plural ? 2 : 1));
    return SLOT.matcher(agreeing)
        .replaceAll(
            slot -> Matcher.quoteReplacement(values.getOrDefault(slot.group(1), slot.group())));
  }

  private void put(String name, String value) {
    values.put(name, value);
    values.put(capital(name), capital(value));
  }

  static String capital(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
