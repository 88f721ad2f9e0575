package dev.keywheel.key.imports;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.keywheel.db.BoundedText;
import dev.keywheel.db.Json;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Parses pasted keys: one key per line as {@code secret}, {@code name secret}, {@code name,secret},
 * {@code name | secret} or {@code NAME=secret}, with or without quotes and {@code Bearer}; a CSV
 * with a header; an .env file; and JSON, whole or one value per line, also among other lines.
 * Without side effects; linear in the text's length.
 */
final class KeyListParser {
  static final int MAX_LINES = 20_000;

  static final int MAX_TEXT_LENGTH = KeyFileDecoder.MAX_BYTES;
  static final String NEWLINE = "\r\n|\r|\n";
  private static final int MAX_NAME_LENGTH = 100;
  private static final int MAX_ACCOUNT_LENGTH = 200;
  private static final String FIELD = "keys";
  private static final Pattern OBJECT = Pattern.compile("\\{\\s*(\"|$)");
  private static final Pattern BEARER = Pattern.compile("(?i)^bearer ");

  private final String provider;

  private KeyListParser(String provider) {
    this.provider = provider;
  }

  /**
   * Throws {@link Rejected} on the field {@code keys} when the text as a whole is not accepted, for
   * example because it is invalid JSON or has too many lines.
   */
  static List<ParsedKey> parse(String provider, String text) {
    KeyFileDecoder.refuseNul(FIELD, text);
    String clean = LabelValidator.clean(text);
    if (clean.isBlank()) {
      throw new Rejected(FIELD, "Paste at least one key, one per line.");
    }
    if (clean.length() > MAX_TEXT_LENGTH) {
      throw new Rejected(
          FIELD, "This is more than 10 MB of text. Nothing was imported; split it into parts.");
    }
    refuseTooManyLines(clean);
    List<ParsedKey> lines =
        new KeyListParser(provider).lines(clean).stream().map(KeyListParser::showable).toList();
    if (lines.isEmpty()) {
      throw new Rejected(FIELD, "There is no key in this text.");
    }
    if (lines.size() > MAX_LINES) {
      throw tooMany(lines.size(), "keys");
    }
    return lines;
  }

  /** Refuses a text with so many lines or JSON values that parsing it would exhaust the memory. */
  private static void refuseTooManyLines(String text) {
    long lines = text.lines().map(String::strip).filter(KeyListParser::hasContent).count();
    boolean json = isJson(text.stripLeading());
    if (lines > (json ? 20L : 2L) * MAX_LINES) { // JSON may have a line for each field
      throw tooMany(lines, "lines");
    }
    long values =
        json
            ? values(text)
            : text.lines()
                .map(String::strip)
                .filter(KeyListParser::isJson)
                .mapToLong(KeyListParser::values)
                .sum();
    if (values > 50 * MAX_LINES) {
      throw tooMany(values, "values");
    }
  }

  private static long values(String json) {
    return json.chars().filter(c -> c == ',' || c == '[' || c == '{').count();
  }

  static Rejected tooMany(long found, String what) {
    return new Rejected(
        FIELD,
        String.format(
            Locale.ROOT,
            "These are %,d %s; at most 20,000 can be imported at once. Nothing was imported.",
            found,
            what));
  }

  static boolean hasContent(String line) {
    return !line.isEmpty() && !line.startsWith("#");
  }

  private static boolean isJson(String stripped) {
    return stripped.startsWith("[") || stripped.startsWith("{");
  }

  private List<ParsedKey> lines(String text) {
    List<String> raw = List.of(text.split(NEWLINE, -1));
    int first = 0;
    while (first < raw.size() && !hasContent(raw.get(first).strip())) {
      first++;
    }
    if (first == raw.size()) {
      return List.of();
    }
    String start = raw.get(first).strip();
    if (isJson(start) && !beginsWithJson(start, false)) {
      return wholeJson(text);
    }
    boolean json = isJson(start) && beginsWithJson(start, true);
    CsvKeyParser csv = CsvKeyParser.of(raw.get(first)).orElse(null); // a tab may separate columns
    var lines = new ArrayList<ParsedKey>();
    for (int no = csv == null ? first + 1 : first + 2; no <= raw.size(); no++) {
      String line = raw.get(no - 1).strip();
      if (!hasContent(line)) {
        continue;
      }
      if (csv != null) {
        lines.add(csv.line(provider, no, raw.get(no - 1)));
      } else if (isJson(line)
          && (json || OBJECT.matcher(line).lookingAt() || beginsWithJson(line, true))) {
        lines.addAll(jsonLine(no, line));
      } else {
        lines.addAll(PlainLineParser.read(provider, no, line));
      }
    }
    return SplitKeyDetector.refused(raw, lines);
  }

  /**
   * Whether the line begins with a JSON value.
   *
   * @param only whether nothing but JSON values may follow; false for {@code [1] sk-or-...}
   */
  private static boolean beginsWithJson(String line, boolean only) {
    try (JsonParser json = Json.MAPPER.createParser(line)) {
      json.nextToken();
      json.skipChildren();
      while (only && json.nextToken() != null) {
        json.skipChildren();
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private List<ParsedKey> wholeJson(String text) {
    try {
      return JsonKeyParser.parse(provider, text, 1);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String place =
          at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw new Rejected(
          FIELD, "This looks like JSON but is not valid" + place + ". Nothing was imported.");
    }
  }

  private List<ParsedKey> jsonLine(int no, String line) {
    try {
      return JsonKeyParser.parse(provider, line, no);
    } catch (JsonProcessingException e) {
      String sentence = "Invalid format: this line looks like JSON but is not valid";
      return List.of(ParsedKey.invalid(no, "", sentence));
    }
  }

  /**
   * Refuses a name or account that looks like a key, because both are stored and shown in plain
   * text. Shortens a long name.
   */
  private static ParsedKey showable(ParsedKey line) {
    List<Found> named = SecretShape.POSSIBLE.find(line.name());
    List<Found> owned =
        line.account() == null ? List.of() : SecretShape.POSSIBLE.find(line.account());
    if (named.isEmpty() && owned.isEmpty()) {
      return line.name().length() <= MAX_NAME_LENGTH ? line : line.named(cut(line.name()));
    }
    var all = new ArrayList<>(named);
    all.addAll(SecretShape.POSSIBLE.find(line.clear()));
    all.addAll(owned);
    String sentence =
        all.size() > 1
            ? tooManyKeys(all)
            : "Invalid format: text that resembles a key ("
                + all.getFirst().lastFour()
                + ") where its name or account belongs; write name and key";
    return ParsedKey.invalid(line.line(), "", sentence);
  }

  private static String cut(String name) {
    return BoundedText.start(name, MAX_NAME_LENGTH - 1) + "…";
  }

  static String tooManyKeys(List<Found> found) {
    String some = found.stream().limit(5).map(Found::lastFour).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%,d keys on one line (%s%s): write one per line",
        found.size(),
        some,
        found.size() > 5 ? ", …" : "");
  }

  /** Parses the key of a line. {@link ParsedKey#problem} says why it is not accepted. */
  static ParsedKey parseKey(String provider, int no, String name, String secret) {
    String clear = secretOf(secret);
    String called = unquoted(name.strip());
    List<Found> found = SecretShape.POSSIBLE.find(clear);
    Optional<String> problem =
        found.size() > 1
            ? Optional.of(tooManyKeys(found))
            : opensQuote(secret.strip()) && unquoted(secret.strip()).equals(secret.strip())
                ? Optional.of(
                    "Invalid format: a quote is opened but not closed; a key must be on one line")
                : clear.isEmpty() && called.isEmpty()
                    ? Optional.of("An empty text in place of a key")
                    : SecretValidator.problem(provider, clear);
    if (problem.isEmpty()) {
      problem = nameProblem(called);
    }
    return new ParsedKey(no, called, clear, null, problem.orElse(null));
  }

  private static Optional<String> nameProblem(String name) {
    if (name.length() > MAX_NAME_LENGTH) {
      return Optional.of("Name too long (" + name.length() + " of 100 characters)");
    }
    return LabelValidator.problem("name", name);
  }

  /** Adds the account to a parsed key, or refuses the line if the account is not allowed. */
  static ParsedKey withAccount(ParsedKey key, String account) {
    String owner = account.strip();
    Optional<String> problem =
        owner.length() > MAX_ACCOUNT_LENGTH
            ? Optional.of("Account too long (" + owner.length() + " of 200 characters)")
            : LabelValidator.problem("account", owner);
    if (problem.isPresent()) {
      return ParsedKey.invalid(key.line(), key.name(), problem.get());
    }
    return owner.isEmpty() ? key : key.ownedBy(owner);
  }

  static String secretOf(String text) {
    return withoutBearer(unquoted(withoutBearer(text.strip())));
  }

  static String withoutBearer(String text) {
    return BEARER.matcher(text).replaceFirst("").strip();
  }

  static String unquoted(String text) {
    return opensQuote(text) && text.charAt(text.length() - 1) == text.charAt(0)
        ? text.substring(1, text.length() - 1).strip()
        : text;
  }

  private static boolean opensQuote(String text) {
    return text.length() > 1 && "\"'`".indexOf(text.charAt(0)) >= 0;
  }
}
