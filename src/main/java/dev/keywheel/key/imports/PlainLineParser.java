package dev.keywheel.key.imports;

import dev.keywheel.secret.SecretShape;
import dev.keywheel.secret.SecretShape.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A line of no table: a secret, a name and a secret in either order, {@code NAME=secret} as in an
 * .env file, or several secrets and nothing else.
 */
final class PlainLineParser {
  private static final int LONGEST = 4_096;

  /** In an .env file and behind keys; {@code #1} in a name is none. */
  private static final Pattern COMMENT = Pattern.compile("\\s#.*");

  private static final Pattern BETWEEN = Pattern.compile("[\\s,;|]+");
  private static final Pattern NOTHING = Pattern.compile("(?i)(?:[\\s,;|\"'`]|\\bbearer\\b)*+");

  private final String provider;
  private final int no;

  private PlainLineParser(String provider, int no) {
    this.provider = provider;
    this.no = no;
  }

  /** {@code line} has no space around it and is not empty. */
  static List<ParsedKey> read(String provider, int no, String line) {
    return new PlainLineParser(provider, no).read(line);
  }

  private List<ParsedKey> read(String line) {
    if (line.length() > LONGEST) {
      return List.of(checked("", line));
    }
    String text =
        KeyListParser.without(KeyListParser.without(line, "export "), "authorization:").strip();
    int equals = text.indexOf('=');
    if (equals > 0 && equals < text.length() - 1 && isVariable(text.substring(0, equals))) {
      return values(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
    }
    if (equals > 0 && equals == text.length() - 1 && isVariable(text.substring(0, equals))) {
      return List.of(
          ParsedKey.bad(no, text.substring(0, equals), "", "Nothing stands behind the ="));
    }
    List<Found> found = SecretShape.find(text);
    if (found.isEmpty()) {
      return List.of(pair(text));
    }
    Found last = found.getLast();
    String without = text.substring(0, last.end()) + uncommented(text.substring(last.end()));
    return found.size() > 1 ? several(without, found) : List.of(one(without, last));
  }

  private ParsedKey one(String text, Found found) {
    boolean first = found.start() == 0 && found.end() < text.length();
    return first && Character.isWhitespace(text.charAt(found.end()))
        ? checked(text.substring(found.end()), found.clear())
        : pair(text);
  }

  /** All of one kind with nothing but separators around them; else it is not clear what is what. */
  private List<ParsedKey> several(String text, List<Found> found) {
    var around = new StringBuilder();
    int from = 0;
    for (Found one : found) {
      around.append(text, from, one.start()).append(' ');
      from = one.end();
    }
    around.append(text.substring(from));
    boolean alike = found.stream().allMatch(one -> one.known() == found.getFirst().known());
    return alike && NOTHING.matcher(around).matches()
        ? found.stream().map(one -> checked("", one.clear())).toList()
        : List.of(ParsedKey.bad(no, "", "", KeyListParser.several(found)));
  }

  /** The value of a variable: one secret or a list of them, in quotes or not, and a comment. */
  private List<ParsedKey> values(String name, String value) {
    String rest = value;
    var values = new ArrayList<String>();
    while (!rest.isEmpty() && KeyListParser.isQuote(rest.charAt(0))) {
      int closed = rest.indexOf(rest.charAt(0), 1);
      if (closed < 0) {
        return List.of(checked(name, rest));
      }
      values.addAll(listed(rest.substring(1, closed)));
      rest = rest.substring(closed + 1).strip();
      if (rest.startsWith(",") || rest.startsWith(";")) {
        rest = rest.substring(1).strip();
      } else if (!rest.isEmpty() && !rest.startsWith("#")) {
        return List.of(ParsedKey.bad(no, name, "", "Bad shape: text behind the closing quote"));
      }
    }
    String plain = rest.startsWith("#") ? "" : uncommented(rest).strip();
    if (!plain.isEmpty() || values.isEmpty()) {
      values.addAll(listed(plain));
    }
    var lines = new ArrayList<ParsedKey>();
    for (String one : values) {
      int n = lines.size() + 1;
      lines.add(checked(n == 1 ? name : name + " (" + n + ")", one));
    }
    return lines;
  }

  /** The parts, where all of them can be keys; else the text as it is. */
  private List<String> listed(String text) {
    List<String> parts =
        Arrays.stream(BETWEEN.split(text)).filter(part -> !part.isEmpty()).toList();
    boolean all =
        parts.size() > 1
            && parts.stream().allMatch(part -> SecretValidator.problem(provider, part).isEmpty());
    return all ? parts : List.of(text);
  }

  private static String uncommented(String text) {
    return COMMENT.matcher(text).replaceFirst("");
  }

  private ParsedKey pair(String text) {
    for (char separator : new char[] {',', ';', '\t'}) {
      int at = text.indexOf(separator);
      if (at > 0 && text.startsWith("\"")) {
        return quoted(text, separator);
      }
      if (at > 0) {
        return pair(text.substring(0, at), text.substring(at + 1));
      }
    }
    String bare = KeyListParser.unquoted(text);
    int colon = bare.indexOf(": ");
    if (colon > 0) {
      return pair(bare.substring(0, colon), bare.substring(colon + 2));
    }
    String rest = KeyListParser.without(bare, "bearer ");
    int space = lastSpace(rest);
    return space < 0
        ? checked("", rest)
        : pair(rest.substring(0, space), rest.substring(space + 1));
  }

  /** As a sheet writes it: the name may hold the separator, and a quote is doubled in it. */
  private ParsedKey quoted(String text, char separator) {
    List<String> fields = CsvKeyParser.fields(text, separator);
    boolean closed = text.chars().filter(c -> c == '"').count() % 2 == 0;
    return closed && fields.size() == 2
        ? pair(fields.getFirst(), fields.getLast())
        : ParsedKey.bad(
            no,
            "",
            "",
            closed
                ? "Has " + fields.size() + " columns; name and key are two"
                : "A quote is opened and not closed; a key is on one line");
  }

  /** Usually name and secret; the other way round when only the first looks like a key. */
  private ParsedKey pair(String left, String right) {
    String first = KeyListParser.secretOf(left);
    String second = KeyListParser.secretOf(right);
    boolean swapped = SecretValidator.looksLikeKey(first) && !SecretValidator.looksLikeKey(second);
    if (KeyListParser.unquoted(swapped ? second : left.strip()).endsWith("\"")) {
      return ParsedKey.bad(no, "", "", "A quote is closed and not opened; a key is on one line");
    }
    return swapped ? checked(right, left) : checked(withoutBearer(left.strip()), right);
  }

  private ParsedKey checked(String name, String secret) {
    return KeyListParser.checked(provider, no, name, secret);
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
