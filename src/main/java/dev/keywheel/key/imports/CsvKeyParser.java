package dev.keywheel.key.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Parses the lines of a CSV text by the columns that its header names.
 *
 * @param secret 0-based column of the secret
 * @param name 0-based column of the name; -1 without one
 * @param account 0-based column of the account; -1 without one
 */
record CsvKeyParser(char separator, int secret, int name, int account) {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "api key", "token", "value");
  private static final Set<String> NAMES =
      Set.of("name", "label", "title", "email", "e-mail", "owner");
  private static final Set<String> ACCOUNTS =
      Set.of("account", "account_id", "organisation", "organization");

  private static final String OPEN_QUOTE =
      "A quote is opened but not closed; a key must be on one line";

  static final String TEXT_AFTER_QUOTE = "Invalid format: text after the closing quote";

  private static final ObjectReader ROW =
      CsvMapper.builder()
          .enable(CsvParser.Feature.TRIM_SPACES)
          .build()
          .readerForListOf(String.class);

  /** Reads the header; empty when the line is not a header with a column for the key. */
  static Optional<CsvKeyParser> of(String line) {
    if (line.length() > PlainLineParser.MAX_LENGTH) {
      return Optional.empty();
    }
    for (char separator : new char[] {',', ';', '\t'}) {
      List<String> words =
          fields(line, separator).orElse(List.of()).stream()
              .map(word -> word.toLowerCase(Locale.ROOT))
              .toList();
      int secret = find(words, SECRETS);
      if (words.size() > 1
          && secret >= 0
          && words.stream().noneMatch(SecretValidator::looksLikeKey)) {
        return Optional.of(
            new CsvKeyParser(separator, secret, find(words, NAMES), find(words, ACCOUNTS)));
      }
    }
    return Optional.empty();
  }

  ParsedKey line(String provider, int no, String line) {
    List<String> fields = fields(line, separator).orElse(null);
    if (fields == null) {
      return ParsedKey.invalid(no, "", quoteProblem(line, separator));
    }
    if (fields.size() <= secret) {
      return ParsedKey.invalid(
          no, "", "Has " + fields.size() + " columns; the key is in column " + (secret + 1));
    }
    List<Found> keys =
        SecretShape.POSSIBLE.find(String.join("\n", fields)).stream().filter(Found::known).toList();
    if (keys.stream().map(Found::clear).distinct().count() > 1) {
      return ParsedKey.invalid(no, "", KeyListParser.tooManyKeys(keys));
    }
    ParsedKey checked =
        KeyListParser.parseKey(provider, no, field(fields, name), fields.get(secret));
    return KeyListParser.withAccount(checked, field(fields, account));
  }

  private static String field(List<String> fields, int column) {
    return column >= 0 && column < fields.size() ? fields.get(column) : "";
  }

  private static int find(List<String> words, Set<String> wanted) {
    return IntStream.range(0, words.size())
        .filter(i -> wanted.contains(words.get(i)))
        .findFirst()
        .orElse(-1);
  }

  /** The problem of a line that {@link #fields} cannot split. */
  static String quoteProblem(String line, char separator) {
    int at = 0;
    while (at < line.length()) {
      int start = afterBlanks(line, at);
      int end = line.indexOf(separator, start);
      if (line.startsWith("\"", start)) {
        int quote = closingQuote(line, start + 1);
        if (quote == line.length()) {
          return OPEN_QUOTE;
        }
        end = afterBlanks(line, quote + 1);
        if (end < line.length() && line.charAt(end) != separator) {
          return TEXT_AFTER_QUOTE;
        }
      }
      at = end < 0 ? line.length() : end + 1;
    }
    return OPEN_QUOTE;
  }

  private static int afterBlanks(String line, int from) {
    int at = from;
    while (at < line.length() && line.charAt(at) == ' ') {
      at++;
    }
    return at;
  }

  /** The position of the quote that ends the field; the length of the line when there is none. */
  private static int closingQuote(String line, int from) {
    int at = line.indexOf('"', from);
    while (at >= 0 && line.startsWith("\"", at + 1)) { // a doubled quote is a quote in the field
      at = line.indexOf('"', at + 2);
    }
    return at < 0 ? line.length() : at;
  }

  /** The fields of one line; empty when its quotes are not valid. */
  static Optional<List<String>> fields(String line, char separator) {
    try {
      return Optional.of(
          ROW.with(CsvSchema.emptySchema().withColumnSeparator(separator)).readValue(line));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
