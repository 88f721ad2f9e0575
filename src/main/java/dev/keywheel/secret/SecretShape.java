package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Detects text that looks like a provider key, so that it is neither stored in clear nor shown.
 * Pure, and linear in the length of the text.
 */
public final class SecretShape {
  /** How many leading characters of a key may be shown before the ellipsis. */
  private static final int SHOWN = 12;

  /** The common prefix of OpenRouter keys; it identifies no key. */
  private static final String OPENROUTER = "sk-or-v1-";

  /**
   * Known prefixes: {@code sk-} followed by a digit or a long rest, others by a long rest.
   * Possessive quantifiers avoid backtracking.
   */
  private static final String PREFIXED =
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
  private static final String UNPREFIXED =
      "(?=[A-Za-z]*+[0-9])(?=[0-9]*+[A-Za-z])[A-Za-z0-9]{" + BARE + ",}+(?![\\w@-])";

  private static final Pattern SHAPE =
      Pattern.compile(
          "(?:(?<known>"
              + PREFIXED
              + ")|(?<![\\w-])"
              + UNPREFIXED
              + ")(?<rest>[^\\s,;|\"'`()<>]*+)");

  private static final Pattern ALONE = Pattern.compile("(?!0x)" + UNPREFIXED);

  /** A known prefix and what follows, even directly after another letter for OpenRouter's. */
  private static final Pattern KNOWN =
      Pattern.compile("(?<![A-Za-z0-9])(?:" + PREFIXED + ")|" + OPENROUTER + "[\\w-]++");

  /**
   * A run of sixteen or more letters and digits in which a letter follows a digit. Words with
   * hyphens between them, as in a slug, have none.
   */
  private static final Pattern RANDOM =
      Pattern.compile("(?<![A-Za-z0-9])(?=[A-Za-z0-9]{16})(?=[A-Za-z]*+[0-9]++[A-Za-z])");

  /** Keys of one length, whatever their characters; placeholders repeat a character. */
  private static final Pattern OF_ONE_LENGTH =
      Pattern.compile("(?!.*(.)\\1{4})(?:AIza[\\w-]{35}|(?:AKIA|ASIA)[A-Z0-9]{16})");

  /** Characters in or beside a key that nobody sees, and that may be removed before storing. */
  private static final Pattern INVISIBLE =
      Pattern.compile(
          "(?<!X)X++(?![^\\w-])|(?<![^\\w-])X++"
              .replace("X", "[\\p{Cf}\\u2065\\p{Cntrl}&&[^\\t\\n\\r]]"));

  /** How examples in documentation end, such as {@code AKIAIOSFODNN7EXAMPLE}. */
  private static final String EXAMPLE = "EXAMPLE";

  /** First characters of possible matches. */
  private static final String FIRSTS = "sgxAhprnctfjyek";

  private SecretShape() {}

  /**
   * A possible key and its position in the text.
   *
   * @param known whether it starts with a known provider prefix
   */
  public record Found(int start, int end, String clear, boolean known) {
    /** The only part that may be shown. */
    public String lastFour() {
      return SecretShape.lastFour(clear);
    }

    @Override
    public String toString() {
      return lastFour();
    }
  }

  private static String lastFour(String clear) {
    return "…" + Secret.of(clear).lastFour();
  }

  /** All possible keys, in order. Matches only at the start of a word, for speed. */
  public static List<Found> find(String text) {
    var found = new ArrayList<Found>();
    Matcher shape = SHAPE.matcher(text).useTransparentBounds(true);
    int at = 0;
    while (at < text.length()) {
      int end = wordEnd(text, at);
      int start = isGlued(text, at, end) ? end - 2 : at;
      boolean worth = end - at >= BARE || (end > at && FIRSTS.indexOf(text.charAt(start)) >= 0);
      if (worth && shape.region(start, text.length()).lookingAt()) {
        if (!isShown(shape)) {
          found.add(new Found(start, shape.end(), shape.group(), shape.group("known") != null));
        }
        at = shape.end();
      } else {
        at = Math.max(end, at + 1);
      }
    }
    return found;
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

  /** A key directly after another letter, such as the end of a word. */
  private static boolean isGlued(String text, int start, int end) {
    return end - start > 2 && text.startsWith(OPENROUTER, end - 2);
  }

  /** Whether the text contains a possible key. Masked keys do not count. */
  public static boolean isIn(String text) {
    return !find(text).isEmpty();
  }

  /**
   * Whether the text certainly contains a key, with or without invisible characters in it: a known
   * prefix with random characters or of the one length of its keys, or nothing but {@value #BARE}
   * or more letters and digits. Hashes among words, addresses, placeholders and shortened keys are
   * none.
   */
  public static boolean isCertain(String text) {
    return certain(text).isPresent();
  }

  private static Optional<String> certain(String text) {
    return visible(readable(text));
  }

  private static Optional<String> visible(String text) {
    var whole = text.strip();
    return ALONE.matcher(whole).matches()
        ? Optional.of(whole)
        : KNOWN
            .matcher(text)
            .results()
            .map(MatchResult::group)
            .filter(SecretShape::isRandom)
            .findFirst();
  }

  /** The text without invisible characters in its keys, and otherwise as it is. */
  private static String readable(String text) {
    var shown = INVISIBLE.matcher(text).replaceAll("");
    return visible(shown).isPresent() ? shown : text;
  }

  private static boolean isRandom(String known) {
    return (RANDOM.matcher(known).find() || OF_ONE_LENGTH.matcher(known).matches())
        && !known.endsWith(EXAMPLE);
  }

  /**
   * The text with the last four characters of each key that it {@link #isCertain certainly} has.
   */
  public static String certainMasked(String text) {
    var shown = readable(text);
    return ALONE.matcher(shown.strip()).matches()
        ? lastFour(shown.strip())
        : KNOWN
            .matcher(shown)
            .replaceAll(
                match -> {
                  var known = match.group();
                  return Matcher.quoteReplacement(isRandom(known) ? lastFour(known) : known);
                });
  }

  /** The text with the last four characters of each key that has a known prefix. */
  public static String hidden(String text) {
    return hidden(text, Found::known);
  }

  /** The text with the last four characters of each possible key. */
  public static String masked(String text) {
    return hidden(readable(text), key -> true);
  }

  private static String hidden(String text, Predicate<Found> which) {
    var hidden = new StringBuilder();
    int from = 0;
    for (Found found : find(text)) {
      if (which.test(found)) {
        hidden.append(text, from, found.start()).append(found.lastFour());
        from = found.end();
      }
    }
    return hidden.append(text, from, text.length()).toString();
  }

  /**
   * Rejects input for a field with a name: of a key, a tag, a model.
   *
   * @throws Refused for the field, if the text contains a possible key
   */
  public static void refuse(String field, String text) {
    find(readable(text)).stream()
        .findFirst()
        .ifPresent(
            found -> {
              throw new Refused(
                  field, found.clear(), "Enter something else; keys belong in Add keys.", false);
            });
  }

  /**
   * Rejects input for a field with a text, where words with hyphens, hashes and addresses occur.
   *
   * @param stored may stay, whatever it contains
   * @throws Refused for the field, if the text {@link #isCertain certainly} contains a key
   */
  public static void refuseCertain(String field, String text, String stored) {
    if (!text.equals(stored)) {
      refuseCertain(field, text);
    }
  }

  /** As {@link #refuseCertain(String, String, String)} where nothing is stored. */
  public static void refuseCertain(String field, String text) {
    refusal(field, text)
        .ifPresent(
            refused -> {
              throw refused;
            });
  }

  /** What {@link #refuseCertain(String, String)} throws for this text; empty if it is allowed. */
  public static Optional<Refused> refusal(String field, String text) {
    return certain(text)
        .map(
            key ->
                new Refused(
                    field,
                    key,
                    "Remove it, or shorten it if it is an example; keys belong in Add keys.",
                    true));
  }

  /** The refusal of a text that contains a key: no page may repeat the text unmasked. */
  public static final class Refused extends Rejected {
    private static final long serialVersionUID = 1L;

    private final boolean certain;

    private Refused(String field, String key, String advice, boolean certain) {
      super(
          field,
          "This looks like a key ("
              + SecretShape.lastFour(key)
              + ") and would be visible to everyone here. "
              + advice);
      this.certain = certain;
    }

    /** The refused text without what was refused. */
    public String shown(String text) {
      return certain ? certainMasked(text) : masked(text);
    }
  }

  /** A masked key such as {@code sk-or-v1-012…9f2a}, or a key prefix alone. */
  private static boolean isShown(MatchResult it) {
    String rest = it.group("rest");
    int front = it.group().length() - rest.length();
    return front <= SHOWN && (rest.startsWith("…") || rest.startsWith("..."))
        || it.group().equals(OPENROUTER);
  }
}
