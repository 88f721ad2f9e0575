package dev.keywheel.secret.shape;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds keys with a known prefix and long runs of letters and digits, but no masked keys. */
final class PossibleKeys {
  /** Maximum number of characters before the ellipsis of a masked key. */
  private static final int MAX_MASKED_PREFIX = 12;

  /** The prefix of all OpenRouter keys; it does not identify a single key. */
  static final String OPENROUTER = "sk-or-v1-";

  /**
   * Known prefixes and the characters after them: for {@code sk-}, a second prefix, a digit or many
   * characters; for the others, many characters. Possessive quantifiers avoid backtracking.
   */
  static final String PREFIXED =
      "sk-(?:(?:or|ant|proj|svcacct|admin)-[\\w-]{5,}+|(?=[A-Za-z_-]*+[0-9])[\\w-]{5,}+|[\\w-]{17,}+)"
          + "|(?:gsk_|xai-|AIza|hf_|pplx-|r8_|gh[opsur]_|github_pat_|glpat-|nvapi-|csk-|fw_|tgp_v1_"
          + "|tvly-|jina_|kw1_|ya29\\.|(?:sk|rk)_live_)[\\w-]{16,}+"
          + "|(?:AKIA|ASIA)[A-Z0-9]{16,}+"
          + "|xox[abeprs]-[\\w-]{10,}+"
          + "|(?<![\\w-])eyJ[\\w-]{10,}+\\.[\\w-]{10,}+(?:\\.[\\w-]++)?+";

  private static final int BARE = 40;

  /**
   * Forty or more letters and digits in a row: longer than words, dates, account ids and addresses.
   */
  static final String UNPREFIXED =
      "(?=[A-Za-z]*+[0-9])(?=[0-9]*+[A-Za-z])[A-Za-z0-9]{" + BARE + ",}+(?![\\w@-])";

  private static final Pattern SHAPE =
      Pattern.compile("(?<known>" + PREFIXED + ")|(?<![\\w-])" + UNPREFIXED);

  /** The characters after a match up to the next separator, which belong to the key. */
  private static final Pattern REST = Pattern.compile("[^\\s,;|\"'`()<>]*+");

  /** First characters of the known prefixes. */
  private static final String FIRST_CHARACTERS = "sgxAhprnctfjyek";

  private PossibleKeys() {}

  /**
   * Searches only at the start of a word, for speed. After a run without a prefix, or a masked key,
   * the search continues directly after the match, since a key with a prefix may follow before the
   * next separator. The separator is computed once for all matches before it.
   */
  static Stream<KeyRange> find(String text) {
    var found = Stream.<KeyRange>builder();
    Matcher shape = SHAPE.matcher(text).useTransparentBounds(true);
    Matcher rest = REST.matcher(text);
    int separator = 0;
    int at = 0;
    while (at < text.length()) {
      int end = wordEnd(text, at);
      int start = isGlued(text, at, end) ? end - 2 : at;
      boolean worth =
          end - at >= BARE || (end > at && FIRST_CHARACTERS.indexOf(text.charAt(start)) >= 0);
      if (worth && shape.region(start, text.length()).lookingAt()) {
        boolean known = shape.group("known") != null;
        if (separator < shape.end()) {
          separator =
              rest.region(shape.end(), text.length()).lookingAt() ? rest.end() : shape.end();
        }
        boolean masked = isMasked(text, start, shape.end(), separator);
        if (!masked) {
          found.add(new KeyRange(start, separator, known));
        }
        at = known && !masked ? separator : shape.end();
      } else {
        at = Math.max(end, at + 1);
      }
    }
    return found.build();
  }

  private static int wordEnd(String text, int start) {
    int end = start;
    while (end < text.length() && isAlphanumeric(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  }

  /** Whether an OpenRouter key starts at the last two characters of this word. */
  private static boolean isGlued(String text, int start, int end) {
    return end - start > 2 && text.startsWith(OPENROUTER, end - 2);
  }

  /** Whether this is a masked key such as {@code sk-or-v1-012…9f2a}, or only a key prefix. */
  private static boolean isMasked(String text, int start, int end, int separator) {
    return (end - start <= MAX_MASKED_PREFIX
            && (text.startsWith("…", end) || text.startsWith("...", end)))
        || (separator - start == OPENROUTER.length() && text.startsWith(OPENROUTER, start));
  }
}
