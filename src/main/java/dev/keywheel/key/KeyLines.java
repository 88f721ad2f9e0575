package dev.keywheel.key;

import dev.keywheel.problem.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Takes a paste apart: one key a line as {@code secret}, {@code name secret}, {@code name,secret}
 * or {@code NAME=secret}, with or without quotes and {@code Bearer}; a CSV with a header; an .env
 * file; a JSON array. Pure, and linear in the length of the text.
 */
final class KeyLines {
  static final int MOST_LINES = 20_000;
  static final int LONGEST_TEXT = 2_000_000;
  private static final int LONGEST_LINE = 4_096;
  private static final String FIELD = "keys";

  private final String provider;

  private KeyLines(String provider) {
    this.provider = provider;
  }

  /** Throws {@link Refused} on the field {@code keys} when the text as a whole cannot be taken. */
  static List<KeyLine> parse(String provider, String text) {
    String clean = clean(text);
    if (clean.isBlank()) {
      throw new Refused(FIELD, "Paste at least one key, one a line.");
    }
    if (clean.length() > LONGEST_TEXT) {
      throw new Refused(
          FIELD, "This is more than 2 MB of text. Nothing was imported; split it into parts.");
    }
    List<KeyLine> lines = new KeyLines(provider).lines(clean);
    if (lines.isEmpty()) {
      throw new Refused(FIELD, "There is no key in this text, only comments and blank lines.");
    }
    if (lines.size() > MOST_LINES) {
      throw new Refused(
          FIELD,
          String.format(
              Locale.ROOT,
              "These are %,d keys; at most 20,000 are taken at once. Nothing was imported.",
              lines.size()));
    }
    return lines;
  }

  /** Without what editors and chat programs add and nobody sees. */
  private static String clean(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new Refused(
          FIELD,
          "This text has NUL characters: it may be UTF-16 or no text at all. Save it as UTF-8.");
    }
    IntPredicate invisible =
        c -> (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
    var out = new StringBuilder(text.length());
    text.chars()
        .filter(c -> !invisible.test(c))
        .forEach(c -> out.append(c == 0xa0 ? ' ' : (char) c));
    return out.toString();
  }

  private List<KeyLine> lines(String text) {
    String start = text.stripLeading();
    if (start.startsWith("[") || start.startsWith("{")) {
      return JsonKeys.parse(provider, text);
    }
    var lines = new ArrayList<KeyLine>();
    Optional<CsvHeader> header = Optional.empty();
    boolean first = true;
    int no = 0;
    for (String raw : text.split("\r\n|\r|\n", -1)) {
      no++;
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (first) {
        first = false;
        header = CsvHeader.of(line);
        if (header.isPresent()) {
          continue;
        }
      }
      lines.add(header.isPresent() ? header.get().line(provider, no, line) : line(no, line));
    }
    return lines;
  }

  private KeyLine line(int no, String line) {
    if (line.length() > LONGEST_LINE) {
      return checked(provider, no, "", line);
    }
    String text = without(without(line, "export "), "authorization:").strip();
    int equals = text.indexOf('=');
    if (equals > 0 && equals < text.length() - 1 && isVariable(text.substring(0, equals))) {
      return checked(provider, no, text.substring(0, equals), text.substring(equals + 1));
    }
    for (char separator : new char[] {',', ';', '\t'}) {
      int at = text.indexOf(separator);
      if (at > 0) {
        return pair(no, text.substring(0, at), text.substring(at + 1));
      }
    }
    String bare = unquoted(text);
    int colon = bare.indexOf(": ");
    if (colon > 0) {
      return pair(no, bare.substring(0, colon), bare.substring(colon + 2));
    }
    int space = lastSpace(without(bare, "bearer "));
    String rest = without(bare, "bearer ");
    return space < 0
        ? checked(provider, no, "", rest)
        : pair(no, rest.substring(0, space), rest.substring(space + 1));
  }

  /** Usually name and secret; the other way round when only the first looks like a key. */
  private KeyLine pair(int no, String left, String right) {
    String first = secretOf(left);
    String second = secretOf(right);
    boolean swapped = SecretRule.looksLikeKey(first) && !SecretRule.looksLikeKey(second);
    return swapped
        ? checked(provider, no, right, left)
        : checked(provider, no, withoutBearer(left.strip()), right);
  }

  /** The line, with its problem if it has one. */
  static KeyLine checked(String provider, int no, String name, String secret) {
    String clear = secretOf(secret);
    String called = unquoted(name.strip());
    Optional<String> problem =
        opensQuote(secret.strip())
            ? Optional.of("Bad shape: a quote is opened and not closed; a key is on one line")
            : SecretRule.problem(provider, clear);
    if (problem.isEmpty()) {
      problem = nameProblem(called);
    }
    return new KeyLine(no, called, clear, null, problem.orElse(null));
  }

  private static Optional<String> nameProblem(String name) {
    if (name.length() > 100) {
      return Optional.of("The name has " + name.length() + " characters; up to 100 are allowed");
    }
    return name.chars().anyMatch(Character::isISOControl)
        ? Optional.of("The name has a control character")
        : Optional.empty();
  }

  private static String secretOf(String text) {
    return without(unquoted(without(text.strip(), "bearer ").strip()), "bearer ").strip();
  }

  private static boolean opensQuote(String text) {
    return text.length() > 1
        && isQuote(text.charAt(0))
        && text.charAt(text.length() - 1) != text.charAt(0);
  }

  static String unquoted(String text) {
    boolean quoted =
        text.length() >= 2
            && isQuote(text.charAt(0))
            && text.charAt(text.length() - 1) == text.charAt(0);
    return quoted ? text.substring(1, text.length() - 1).strip() : text;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '`';
  }

  private static String without(String text, String start) {
    return text.regionMatches(true, 0, start, 0, start.length())
        ? text.substring(start.length())
        : text;
  }

  /** In {@code name Bearer secret} the word in the middle is no part of the name. */
  private static String withoutBearer(String name) {
    String end = " bearer";
    int at = name.length() - end.length();
    return at >= 0 && name.regionMatches(true, at, end, 0, end.length())
        ? name.substring(0, at)
        : name;
  }

  private static boolean isVariable(String text) {
    return text.strip().chars().allMatch(c -> c == '_' || Character.isLetterOrDigit(c))
        && !Character.isDigit(text.charAt(0));
  }

  private static int lastSpace(String text) {
    for (int i = text.length() - 1; i >= 0; i--) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }
}
