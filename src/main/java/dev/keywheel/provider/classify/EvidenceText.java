package dev.keywheel.provider.classify;

import dev.keywheel.db.BoundedText;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Removes keys from an upstream's text and truncates it for display. */
final class EvidenceText {
  static final int LONGEST_EXCERPT = 500;
  private static final int LONGEST_HEADER = 200;
  private static final char DELETE = 0x7f;

  /**
   * Forms of keys of the known providers, and any long token. Matches only at the start of a word,
   * so that every other character costs one comparison.
   */
  private static final Pattern KEY_LIKE =
      Pattern.compile(
          "(?<!\\w)(?:sk-[\\w.@-]{4,}|(?:gsk_|xai-|AIza|hf_)[\\w-]{8,}|(?<!-)[\\w-]{40,})");

  private static final Pattern BEARER = Pattern.compile("(?i)\\bbearer\\s+[^\\s\"',}]+");

  /** JSON escapes of the visible ASCII characters except the quote and the backslash. */
  private static final Pattern ESCAPED =
      Pattern.compile("\\\\u00(2[13-9a-fA-F]|[346][0-9a-fA-F]|5[0-9aAbBd-fD-F]|7[0-9a-eA-E])");

  /**
   * Response headers kept as evidence, besides those that begin with {@link #LIMIT_HEADER_PREFIX}.
   */
  private static final Set<String> EVIDENCE_HEADERS =
      Set.of(
          "x-generation-id",
          "x-provider-name",
          "request-id",
          "x-request-id",
          "cf-ray",
          "cf-mitigated",
          "content-type",
          "retry-after",
          "retry-after-ms",
          "location",
          "server");

  private static final String LIMIT_HEADER_PREFIX = "x-ratelimit-";

  private EvidenceText() {}

  /** The text as one line of at most {@value #LONGEST_EXCERPT} characters, with keys masked. */
  static String excerpt(String text) {
    String start = BoundedText.start(text, 4 * LONGEST_EXCERPT);
    String line = oneLine(masked(start));
    return line.length() <= LONGEST_EXCERPT
        ? line
        : BoundedText.start(line, LONGEST_EXCERPT - 1) + "…";
  }

  /** Replaces each sequence of blanks and control characters with one blank. */
  private static String oneLine(String text) {
    var line = new StringBuilder(text.length());
    boolean blank = false;
    for (int at = 0; at < text.length(); at++) {
      char letter = text.charAt(at);
      boolean before = blank;
      blank = letter <= ' ' || letter == DELETE;
      if (!blank) {
        line.append(before ? " " : "").append(letter);
      }
    }
    return line.toString().strip();
  }

  /** Masks everything that looks like a key, after decoding JSON escapes. */
  static String masked(String text) {
    String plain =
        ESCAPED
            .matcher(text)
            .replaceAll(
                letter ->
                    Matcher.quoteReplacement(
                        Character.toString(Integer.parseInt(letter.group(1), 16))));
    String withoutBearer = BEARER.matcher(plain).replaceAll("Bearer …");
    return KEY_LIKE.matcher(withoutBearer).replaceAll("…");
  }

  static Map<String, String> evidenceOf(Map<String, String> headers) {
    var kept = new TreeMap<String, String>();
    headers.forEach(
        (name, value) -> {
          if (EVIDENCE_HEADERS.contains(name) || name.startsWith(LIMIT_HEADER_PREFIX)) {
            String line = excerpt(value);
            kept.put(name, BoundedText.start(line, LONGEST_HEADER));
          }
        });
    return kept;
  }
}
