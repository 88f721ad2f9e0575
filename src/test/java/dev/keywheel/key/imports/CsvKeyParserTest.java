package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvKeyParserTest {
  private static final String K = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  @Test
  void a_name_that_is_too_long_is_not_cut_within_an_emoji() {
    ParsedKey line = KeyListParser.parse("openrouter", "a".repeat(98) + "😀😀," + K).getFirst();
    assertThat(line.problem()).startsWith("Name too long");
    assertThat(line.name()).isEqualTo("a".repeat(98) + "…");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          "Al" Smith,KEY    | Invalid format: text after the closing quote
          "Al"Smith,KEY     | Invalid format: text after the closing quote
          "A""l" x "y",KEY  | Invalid format: text after the closing quote
          "Al, Smith",KEY   | ''
          "Al" ,KEY         | ''
          "Al Smith,KEY     | A quote is opened but not closed; a key must be on one line
          "Al""Smith,KEY    | A quote is opened but not closed; a key must be on one line
          """)
  void a_quote_closed_too_early_is_distinguished_from_an_unclosed_one(
      String line, String sentence) {
    for (String header : List.of("", "name,key\n")) {
      String problem =
          KeyListParser.parse("openrouter", header + line.replace("KEY", K)).getFirst().problem();
      assertThat(problem == null ? "''" : problem).as(header).isEqualTo(sentence);
    }
    String column = "name,key,account\nAl," + K + ",\"acme\" Inc";
    assertThat(KeyListParser.parse("openrouter", column).getFirst().problem())
        .isEqualTo("Invalid format: text after the closing quote");
  }

  @Test
  void a_row_of_a_spreadsheet_may_begin_with_an_empty_cell() {
    String cells = "owner\tname\tkey\n\tJane\t" + K + "\nacme\t\t" + K + "\n\t\t" + K;
    assertThat(KeyListParser.parse("openrouter", cells))
        .allMatch(line -> line.problem() == null && line.clear().equals(K))
        .extracting(ParsedKey::line)
        .containsExactly(2, 3, 4);
    String numbered = "\tname\tkey\n0\tJane\t" + K;
    assertThat(KeyListParser.parse("openrouter", numbered).getFirst().name()).isEqualTo("Jane");
  }
}
