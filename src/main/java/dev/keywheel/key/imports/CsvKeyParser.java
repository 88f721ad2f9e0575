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

/** Parses the lines of a CSV text by the columns that its header names. */
record CsvKeyParser(char separator, int secret, int name, int account) {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "api key", "token", "value");
  private static final Set<String> NAMES =
      Set.of("name", "label", "title", "email", "e-mail", "owner");
  private static final Set<String> ACCOUNTS =
      Set.of("account", "account_id", "organisation", "organization");

  static final String OPEN_QUOTE = "A quote is opened but not closed; a key must be on one line";

  private static final ObjectReader ROW =
      CsvMapper.builder()
          .enable(CsvParser.Feature.TRIM_SPACES)
          .build()
          .readerForListOf(String.class);

  /** Reads the header; empty when the line is not a header with a column for the key. */
  static Optional<CsvKeyParser> of(String line) {
    if (line.length() > PlainLineParser.LONGEST) {
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
      return ParsedKey.invalid(no, "", "", OPEN_QUOTE);
    }
    if (fields.size() <= secret) {
      return ParsedKey.invalid(
          no, "", "", "Has " + fields.size() + " columns; the key is in column " + (secret + 1));
    }
    List<Found> keys =
        SecretShape.POSSIBLE.find(String.join("\n", fields)).stream().filter(Found::known).toList();
    if (keys.stream().map(Found::clear).distinct().count() > 1) {
      return ParsedKey.invalid(no, "", "", KeyListParser.several(keys));
    }
    ParsedKey checked =
        KeyListParser.checked(provider, no, field(fields, name), fields.get(secret));
    return KeyListParser.owned(checked, field(fields, account));
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
