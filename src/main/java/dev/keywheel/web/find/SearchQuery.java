package dev.keywheel.web.find;

import dev.keywheel.web.page.SearchText;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

record SearchQuery(String text) {
  private static final Pattern RUN = Pattern.compile("(?i)(?:run\\s*)?#?\\s*(\\d{1,12})");

  static SearchQuery of(String typed) {
    return new SearchQuery(SearchText.of(typed));
  }

  boolean isBlank() {
    return text.isEmpty();
  }

  /** Whether the given text contains all words of the query. */
  boolean matches(String target) {
    var there = target.toLowerCase(Locale.ROOT);
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("\\s+")).allMatch(there::contains);
  }

  /** The run number in {@code 318}, {@code #318} or {@code run 318}. */
  OptionalLong runNumber() {
    var number = RUN.matcher(text);
    return number.matches()
        ? OptionalLong.of(Long.parseLong(number.group(1)))
        : OptionalLong.empty();
  }
}
