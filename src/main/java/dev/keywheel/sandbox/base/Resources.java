package dev.keywheel.sandbox.base;

import dev.keywheel.db.TextResource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the resource files of the sandbox, and fills templates with {@code {{slots}}}. */
public final class Resources {

  private static final Pattern SLOT = Pattern.compile("\\{\\{(\\w+)}}");
  private static final Map<String, String> CACHE = new ConcurrentHashMap<>();

  private Resources() {}

  public static String text(String name) {
    return CACHE.computeIfAbsent("sandbox/" + name, TextResource::read);
  }

  /** The template with each {@code {{slot}}} replaced; a slot without a value is an error. */
  public static String filled(String template, Map<String, String> values) {
    return SLOT.matcher(template)
        .replaceAll(
            slot -> {
              var value = values.get(slot.group(1));
              if (value == null) {
                throw new IllegalStateException("a slot without a value: " + slot.group());
              }
              return Matcher.quoteReplacement(value);
            });
  }
}
