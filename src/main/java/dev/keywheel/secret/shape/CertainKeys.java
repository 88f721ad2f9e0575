package dev.keywheel.secret.shape;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds text that is certainly a key: a known prefix followed by random characters or by the exact
 * number of characters of keys with this prefix, or a text that consists only of one long run of
 * letters and digits. Hashes among words, addresses, placeholders and shortened keys are not
 * reported.
 */
final class CertainKeys {
  private static final Pattern ALONE =
      Pattern.compile("[\\s\\p{Z}]*+(?!0x)(?<key>" + PossibleKeys.UNPREFIXED + ")[\\s\\p{Z}]*+");

  /** A known prefix and the characters after it; OpenRouter's also after a letter or digit. */
  private static final Pattern KNOWN =
      Pattern.compile(
          "(?<![A-Za-z0-9])(?:"
              + PossibleKeys.PREFIXED
              + ")|"
              + PossibleKeys.OPENROUTER
              + "[\\w-]++");

  /**
   * A run of sixteen or more letters and digits in which a letter follows a digit. Words joined by
   * hyphens, as in a slug, do not match.
   */
  private static final Pattern RANDOM =
      Pattern.compile("(?<![A-Za-z0-9])(?=[A-Za-z0-9]{16})(?=[A-Za-z]*+[0-9]++[A-Za-z])");

  /** Keys of a fixed length with any characters, except those with five equal ones in a row. */
  private static final Pattern OF_ONE_LENGTH =
      Pattern.compile("(?!.*(.)\\1{4})(?:AIza[\\w-]{35}|(?:AKIA|ASIA)[A-Z0-9]{16})");

  /** The ending of examples in documentation, such as {@code AKIAIOSFODNN7EXAMPLE}. */
  private static final String EXAMPLE = "EXAMPLE";

  private CertainKeys() {}

  static Stream<KeyRange> find(String text) {
    var alone = ALONE.matcher(text);
    return alone.matches()
        ? Stream.of(new KeyRange(alone.start("key"), alone.end("key"), false))
        : KNOWN
            .matcher(text)
            .results()
            .filter(CertainKeys::isRandom)
            .map(known -> new KeyRange(known.start(), known.end(), true));
  }

  private static boolean isRandom(MatchResult match) {
    var known = match.group();
    return (RANDOM.matcher(known).find() || OF_ONE_LENGTH.matcher(known).matches())
        && !known.endsWith(EXAMPLE);
  }
}
