package dev.keywheel.key.imports;

import static dev.keywheel.key.imports.KeyListParser.unquoted;

import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Parses a line of a text without a CSV header: a secret, a name and a secret in either order,
 * {@code NAME=secret} as in an .env file, or several secrets and nothing else. A complete
 * OpenRouter key is also found in a list, in a Markdown table, in brackets and after other
 * separators.
 */
final class PlainLineParser {
  static final int MAX_LENGTH = 4_096;

  private static final Pattern START =
      Pattern.compile("(?i)(?:(?:export|setx|setenv|set -\\w+) )?(?:authorization:)?\\s*");
  private static final Pattern VARIABLE =
      Pattern.compile("(?s)([\\p{L}_][\\p{L}\\p{Nd}_]*+)\\s*=\\s*(.*)");
  private static final Pattern QUOTED = Pattern.compile("(?s)\\s*([\"'`])(.*?)\\1\\s*([,;]?)");

  /** A comment begins after white space only, because {@code #1} may be part of a name. */
  private static final Pattern COMMENT = Pattern.compile("(?s)\\s#.*");

  private static final Pattern SEPARATORS = Pattern.compile("[\\s,;|]+");
  private static final Pattern NO_CONTENT = Pattern.compile("(?i)(?:[\\s,;|\"'`]|\\bbearer\\b)*+");
  private static final Pattern LAST_WORD = Pattern.compile("(?s)(.*)\\s(\\S*)");

  /** A separator or list marker that remained at the start or the end of the name. */
  private static final Pattern EDGE =
      Pattern.compile("^(?:[|,;]|[-*+•]\\s)\\s*|(?:\\||\\s[-=–—]{1,3}>?)$");

  private static final Pattern LIST_MARKER = Pattern.compile("[-*+•–—]|\\d{1,5}[.)]");

  private static final Pattern WHOLE_KEY =
      Pattern.compile("(?<![\\p{L}\\p{Nd}])sk-or-v1-[0-9a-f]{64}(?![\\p{L}\\p{Nd}_-])");

  private static final Pattern AFTER_KEY = Pattern.compile("[\\p{Z}\\s.,，。;；、|｜*_`\"'”’」)\\]}>]*");

  private static final Pattern BEARER_AT_END = Pattern.compile("(?i) bearer$");

  private final String provider;
  private final int no;

  private PlainLineParser(String provider, int no) {
    this.provider = provider;
    this.no = no;
  }

  /**
   * @param line stripped and not empty
   */
  static List<ParsedKey> read(String provider, int no, String line) {
    return new PlainLineParser(provider, no).read(line);
  }

  private List<ParsedKey> read(String line) {
    if (line.length() > MAX_LENGTH) {
      return List.of(parseKey("", line));
    }
    List<ParsedKey> read = formats(line);
    return read.size() == 1 && !isWhole(read.getFirst())
        ? surrounded(line).map(List::of).orElse(read)
        : read;
  }

  private static boolean isWhole(ParsedKey key) {
    return key.problem() == null && WHOLE_KEY.matcher(key.clear()).matches();
  }

  /** The only key of the line, if it is complete and the text around it is at most a name. */
  private Optional<ParsedKey> surrounded(String line) {
    Matcher key = WHOLE_KEY.matcher(line);
    if (!key.find()
        || !AFTER_KEY.matcher(line.substring(key.end())).matches()
        || line.chars().filter(c -> c == '"').count() % 2 != 0) {
      return Optional.empty();
    }
    NameColumns before = NameColumns.before(line.substring(0, key.start()));
    return before.isAtMostName()
        ? Optional.of(parseKey(before.name(), key.group())).filter(found -> found.problem() == null)
        : Optional.empty();
  }

  private List<ParsedKey> formats(String line) {
    // A PEM header contains spaces, and would be parsed as a name and a key.
    if (line.startsWith("-----") && !SecretShape.POSSIBLE.isIn(line)) {
      return List.of(parseKey("", line.replaceAll("\\s", "")));
    }
    String text = START.matcher(line).replaceFirst("");
    Matcher variable = VARIABLE.matcher(text);
    if (variable.matches()) {
      return variable.group(2).isEmpty()
          ? List.of(ParsedKey.invalid(no, variable.group(1), "No value after the ="))
          : values(variable.group(1), variable.group(2));
    }
    List<Found> found = SecretShape.POSSIBLE.find(text);
    if (found.isEmpty()) {
      return List.of(pair(text));
    }
    int end = found.getLast().end();
    String uncommented = text.substring(0, end) + uncommented(text.substring(end));
    return found.size() > 1
        ? several(uncommented, found)
        : List.of(singleKey(uncommented, found.getFirst()));
  }

  private ParsedKey singleKey(String text, Found found) {
    String before = text.substring(0, found.start());
    String after = text.substring(found.end());
    if (before.isEmpty() && !after.isEmpty() && separates(after.charAt(0))) {
      return named(after, found.clear(), NameColumns.areAfter(after));
    }
    return before.endsWith("|") && after.isEmpty()
        ? named(before, found.clear(), NameColumns.areBefore(before))
        : pair(text);
  }

  private static boolean separates(char c) {
    return c == '|' || Character.isWhitespace(c);
  }

  /** Accepts several keys only if they are of one kind and have only separators between them. */
  private List<ParsedKey> several(String text, List<Found> found) {
    var between = new StringBuilder(text);
    found.reversed().forEach(key -> between.replace(key.start(), key.end(), " "));
    boolean sameKind = found.stream().map(Found::known).distinct().count() == 1;
    return sameKind && NO_CONTENT.matcher(between).matches()
        ? found.stream().map(key -> parseKey("", key.clear())).toList()
        : List.of(ParsedKey.invalid(no, "", KeyListParser.tooManyKeys(found)));
  }

  /** Parses the value of a variable: a secret or a list of secrets, and an optional comment. */
  private List<ParsedKey> values(String name, String value) {
    var values = new ArrayList<String>();
    Matcher quoted = QUOTED.matcher(value);
    int end = 0;
    while (quoted.region(end, value.length()).lookingAt()) {
      values.addAll(listed(quoted.group(2)));
      end = quoted.end();
    }
    String rest = uncommented(" " + value.substring(end)).strip();
    if (!rest.isEmpty() && !values.isEmpty() && ",;".indexOf(value.charAt(end - 1)) < 0) {
      return List.of(ParsedKey.invalid(no, name, CsvKeyParser.TEXT_AFTER_QUOTE));
    }
    if (!rest.isEmpty() || values.isEmpty()) {
      values.addAll(listed(rest));
    }
    return IntStream.range(0, values.size())
        .mapToObj(i -> parseKey(i == 0 ? name : name + " (" + (i + 1) + ")", values.get(i)))
        .toList();
  }

  /** The parts of the text if each of them can be a key, otherwise the text. */
  private List<String> listed(String text) {
    List<String> parts = SEPARATORS.splitAsStream(text).filter(part -> !part.isEmpty()).toList();
    boolean list =
        parts.size() > 1
            && parts.stream().allMatch(part -> SecretValidator.problem(provider, part).isEmpty());
    return list ? parts : List.of(text);
  }

  private static String uncommented(String text) {
    return COMMENT.matcher(text).replaceFirst("");
  }

  private ParsedKey pair(String text) {
    char separator =
        Stream.of(',', ';', '\t').filter(c -> text.indexOf(c) > 0).findFirst().orElse('\0');
    if (separator != '\0') {
      int at = text.indexOf(separator);
      return text.startsWith("\"")
          ? quoted(text, separator)
          : pair(text.substring(0, at), text.substring(at + 1));
    }
    String bare = unquoted(text);
    int colon = bare.indexOf(": ");
    if (colon > 0) {
      return pair(bare.substring(0, colon), bare.substring(colon + 2));
    }
    Matcher words = LAST_WORD.matcher(KeyListParser.withoutBearer(bare));
    return words.matches() ? pair(words.group(1), words.group(2)) : parseKey("", bare);
  }

  /** Parses a name and a secret in CSV quotes: a quoted name may contain the separator. */
  private ParsedKey quoted(String text, char separator) {
    List<String> fields = CsvKeyParser.fields(text, separator).orElse(null);
    if (fields != null && fields.size() == 2) {
      return pair(fields.getFirst(), fields.getLast(), true);
    }
    return ParsedKey.invalid(
        no,
        "",
        fields == null
            ? CsvKeyParser.quoteProblem(text, separator)
            : "Has " + fields.size() + " columns; write only a name and a key");
  }

  private ParsedKey pair(String left, String right) {
    return pair(left, right, false);
  }

  /**
   * Parses a name and a secret; swaps them when only {@code left} looks like a key.
   *
   * @param quoted whether quotes show that the name is one column
   */
  private ParsedKey pair(String left, String right, boolean quoted) {
    boolean swapped =
        SecretValidator.looksLikeKey(KeyListParser.secretOf(left))
            && !SecretValidator.looksLikeKey(KeyListParser.secretOf(right));
    String name = (swapped ? right : BEARER_AT_END.matcher(left.strip()).replaceFirst("")).strip();
    if (unquoted(name).endsWith("\"")) {
      return ParsedKey.invalid(
          no, "", "A quote is closed but not opened; a key must be on one line");
    }
    boolean columns = swapped ? NameColumns.areAfter(right) : NameColumns.areBefore(left);
    return named(name, swapped ? left : right, columns && !quoted);
  }

  private ParsedKey named(String name, String secret, boolean columns) {
    ParsedKey key = parseKey(name, secret);
    return columns && key.problem() == null ? ParsedKey.invalid(no, "", NameColumns.PROBLEM) : key;
  }

  private ParsedKey parseKey(String name, String secret) {
    String called = EDGE.matcher(name.strip()).replaceAll("").strip();
    return KeyListParser.parseKey(
        provider, no, LIST_MARKER.matcher(called).matches() ? "" : called, secret);
  }
}
