package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what looks like a key of any known provider in a text, so that it ends neither in a column
 * that is stored in clear nor on a page. Pure, and linear in the length of the text.
 */
public final class SecretShape {
  /** How much of a key may be shown at its front; then comes an ellipsis. */
  private static final int SHOWN = 12;

  /** As nearly all keys begin; what follows is their own. */
  private static final String OPENROUTER = "sk-or-v1-";

  /**
   * What begins like a key: {@code sk-} with a digit in it or long, the other prefixes with a long
   * rest. Possessive, so that nothing is tried twice.
   */
  private static final String PREFIXED =
      "sk-(?:(?:or|ant|proj|svcacct|admin)-[\\w-]{5,}+|(?=[A-Za-z_-]*+[0-9])[\\w-]{5,}+|[\\w-]{17,}+)"
          + "|(?:gsk_|xai-|AIza|hf_|pplx-|r8_|gh[opsur]_|github_pat_|glpat-|nvapi-|csk-|fw_|tgp_v1_"
          + "|tvly-|jina_|ya29\\.|(?:sk|rk)_live_)[\\w-]{16,}+"
          + "|(?:AKIA|ASIA)[A-Z0-9]{16,}+"
          + "|xox[abeprs]-[\\w-]{10,}+"
          + "|(?<![\\w-])eyJ[\\w-]{10,}+\\.[\\w-]{10,}+";

  private static final int BARE = 40;

  /**
   * Forty letters and digits in a row, or more: no word, no date and no id of an account, nor an
   * address.
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

  /** With what one of them begins. */
  private static final String FIRSTS = "sgxAhprnctfjye";

  private SecretShape() {}

  /**
   * Something like a key, and where in the text it stands.
   *
   * @param known whether its beginning is that of some provider's keys
   */
  public record Found(int start, int end, String clear, boolean known) {
    /** The only part of it that may be shown. */
    public String lastFour() {
      return "…" + Secret.of(clear).lastFour();
    }

    @Override
    public String toString() {
      return lastFour();
    }
  }

  /** All that look like keys, in their order. Tried only where a word begins, for speed. */
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

  /** A key with a letter too much before it, such as the rest of a word. */
  private static boolean isGlued(String text, int start, int end) {
    return end - start > 2 && text.startsWith(OPENROUTER, end - 2);
  }

  /** Whether something in the text looks like a key. The way a key is shown does not. */
  public static boolean isIn(String text) {
    return !find(text).isEmpty();
  }

  /**
   * Refuses what somebody typed into a field whose text is stored and shown in clear.
   *
   * @throws Rejected at the field, when something in the text looks like a key
   */
  public static void refuse(String field, String text) {
    List<Found> found = find(text);
    if (!found.isEmpty()) {
      throw new Rejected(
          field,
          "This looks like a key ("
              + found.getFirst().lastFour()
              + ") and would be visible to everyone here. Enter something else; keys belong in Add keys.");
    }
  }

  /** Such as {@code sk-or-v1-012…9f2a}, or the beginning of keys alone. */
  private static boolean isShown(MatchResult it) {
    String rest = it.group("rest");
    int front = it.group().length() - rest.length();
    return front <= SHOWN && (rest.startsWith("…") || rest.startsWith("..."))
        || it.group().equals(OPENROUTER);
  }
}
