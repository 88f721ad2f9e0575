package dev.keywheel.key.imports;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.SecretShape;
import dev.keywheel.secret.SecretShape.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Takes a paste apart: one key a line as {@code secret}, {@code name secret}, {@code name,secret}
 * or {@code NAME=secret}, with or without quotes and {@code Bearer}; a CSV with a header; an .env
 * file; JSON, as an array or an object a line. Pure, and linear in the length of the text.
 */
final class KeyListParser {
  static final int MOST_LINES = 20_000;

  static final int LONGEST_TEXT = KeyFileDecoder.LARGEST;
  static final String NEWLINE = "\r\n|\r|\n";
  private static final int LONGEST_NAME = 100;
  private static final String FIELD = "keys";

  private final String provider;

  private KeyListParser(String provider) {
    this.provider = provider;
  }

  /** Throws {@link Rejected} on the field {@code keys} when the text as a whole cannot be taken. */
  static List<ParsedKey> parse(String provider, String text) {
    KeyFileDecoder.refuseNul(FIELD, text);
    String clean = LabelValidator.clean(text);
    if (clean.isBlank()) {
      throw new Rejected(FIELD, "Paste at least one key, one a line.");
    }
    if (clean.length() > LONGEST_TEXT) {
      throw new Rejected(
          FIELD, "This is more than 10 MB of text. Nothing was imported; split it into parts.");
    }
    refuseTooManyLines(clean);
    List<ParsedKey> lines =
        new KeyListParser(provider).lines(clean).stream().map(KeyListParser::showable).toList();
    if (lines.isEmpty()) {
      throw new Rejected(FIELD, "There is no key in this text.");
    }
    if (lines.size() > MOST_LINES) {
      throw tooMany(lines.size(), "keys");
    }
    return lines;
  }

  /** Before any of them is taken apart: five million short lines would fill the memory. */
  private static void refuseTooManyLines(String text) {
    long lines = text.lines().map(String::strip).filter(KeyListParser::says).count();
    if (lines > (isJson(text) ? 20 : 2) * MOST_LINES) { // JSON may have a line for each field
      throw tooMany(lines, "lines");
    }
  }

  static Rejected tooMany(long found, String what) {
    return new Rejected(
        FIELD,
        String.format(
            Locale.ROOT,
            "These are %,d %s; at most 20,000 are taken at once. Nothing was imported.",
            found,
            what));
  }

  private static boolean says(String line) {
    return !line.isEmpty() && !line.startsWith("#");
  }

  private static boolean isJson(String text) {
    String start = text.stripLeading();
    return start.startsWith("[") || start.startsWith("{");
  }

  private List<ParsedKey> lines(String text) {
    if (isJson(text)) {
      return JsonKeyParser.parse(provider, text);
    }
    List<String> raw = List.of(text.split(NEWLINE, -1));
    return SplitKeyDetector.refused(raw, lines(raw));
  }

  private List<ParsedKey> lines(List<String> raw) {
    var lines = new ArrayList<ParsedKey>();
    Optional<CsvKeyParser> header = Optional.empty();
    boolean first = true;
    int no = 0;
    for (String each : raw) {
      no++;
      String line = each.strip();
      if (!says(line)) {
        continue;
      }
      if (first) {
        first = false;
        header = CsvKeyParser.of(line);
        if (header.isPresent()) {
          continue;
        }
      }
      if (header.isPresent()) {
        lines.add(header.get().line(provider, no, line));
      } else {
        lines.addAll(PlainLineParser.read(provider, no, line));
      }
    }
    return lines;
  }

  /**
   * The line as it may be stored and shown: what looks like a key is no name and no account,
   * however it got there.
   */
  private static ParsedKey showable(ParsedKey line) {
    List<Found> named = SecretShape.find(line.name());
    List<Found> owned = line.account() == null ? List.of() : SecretShape.find(line.account());
    if (named.isEmpty() && owned.isEmpty()) {
      return line.name().length() <= LONGEST_NAME ? line : line.named(cut(line.name()));
    }
    var all = new ArrayList<>(named);
    all.addAll(SecretShape.find(line.clear()));
    all.addAll(owned);
    String sentence =
        all.size() > 1
            ? several(all)
            : "Bad shape: something like a key ("
                + all.getFirst().lastFour()
                + ") where its name or account belongs; write name and key";
    return ParsedKey.bad(line.line(), "", "", sentence);
  }

  private static String cut(String name) {
    return name.substring(0, LONGEST_NAME - 1) + "…";
  }

  static String several(List<Found> found) {
    String some = found.stream().limit(5).map(Found::lastFour).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%,d keys on one line (%s%s): write one a line",
        found.size(),
        some,
        found.size() > 5 ? ", …" : "");
  }

  /** The line, with its problem if it has one. */
  static ParsedKey checked(String provider, int no, String name, String secret) {
    String clear = secretOf(secret);
    String called = unquoted(name.strip());
    List<Found> found = SecretShape.find(clear);
    Optional<String> problem =
        found.size() > 1
            ? Optional.of(several(found))
            : opensQuote(secret.strip())
                ? Optional.of("Bad shape: a quote is opened and not closed; a key is on one line")
                : SecretValidator.problem(provider, clear);
    if (problem.isEmpty()) {
      problem = nameProblem(called);
    }
    return new ParsedKey(no, called, clear, null, problem.orElse(null));
  }

  private static Optional<String> nameProblem(String name) {
    if (name.length() > LONGEST_NAME) {
      return Optional.of("The name has " + name.length() + " characters; up to 100 are allowed");
    }
    return LabelValidator.problem("name", name);
  }

  static String secretOf(String text) {
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

  static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '`';
  }

  static String without(String text, String start) {
    return text.regionMatches(true, 0, start, 0, start.length())
        ? text.substring(start.length())
        : text;
  }
}
