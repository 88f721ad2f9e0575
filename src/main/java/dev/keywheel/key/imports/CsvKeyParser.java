package dev.keywheel.key.imports;

import dev.keywheel.secret.SecretShape;
import dev.keywheel.secret.SecretShape.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The first line of a CSV that names its columns. */
record CsvKeyParser(char separator, int secret, int name, int account) {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "api key", "token", "value");
  private static final Set<String> NAMES =
      Set.of("name", "label", "title", "email", "e-mail", "owner");
  private static final Set<String> ACCOUNTS =
      Set.of("account", "account_id", "organisation", "organization");

  static Optional<CsvKeyParser> of(String line) {
    for (char separator : new char[] {',', ';', '\t'}) {
      List<String> words =
          fields(line, separator).stream().map(w -> w.toLowerCase(Locale.ROOT)).toList();
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
    List<String> fields = fields(line, separator);
    if (line.chars().filter(c -> c == '"').count() % 2 != 0) {
      return ParsedKey.bad(
          no, field(fields, name), "", "A quote is opened and not closed; a key is on one line");
    }
    if (fields.size() <= secret) {
      return ParsedKey.bad(
          no, "", "", "Has " + fields.size() + " columns; the key is in column " + (secret + 1));
    }
    List<Found> keys =
        SecretShape.find(String.join("\n", fields)).stream().filter(Found::known).toList();
    if (keys.stream().map(Found::clear).distinct().count() > 1) {
      return ParsedKey.bad(no, "", "", KeyListParser.several(keys));
    }
    ParsedKey checked =
        KeyListParser.checked(provider, no, field(fields, name), fields.get(secret));
    String owner = field(fields, account);
    Optional<String> problem = LabelValidator.problem("account", owner);
    if (problem.isPresent()) {
      return ParsedKey.bad(no, checked.name(), "", problem.get());
    }
    return owner.isEmpty() || owner.length() > 200
        ? checked
        : new ParsedKey(no, checked.name(), checked.clear(), owner, checked.problem());
  }

  private static String field(List<String> fields, int column) {
    return column >= 0 && column < fields.size() ? fields.get(column) : "";
  }

  private static int find(List<String> words, Set<String> wanted) {
    for (int i = 0; i < words.size(); i++) {
      if (wanted.contains(words.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** Fields may be in double quotes; a doubled quote inside stands for one. */
  static List<String> fields(String line, char separator) {
    var fields = new ArrayList<String>();
    var field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }
}
