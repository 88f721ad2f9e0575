package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.keywheel.problem.Rejected;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyListParserTest {
  private static final String K = "sk-or-v1-0123456789abcdef0123456789abcdef";

  private static final String ONE = "sk-or-v1-" + "0123456789abcdef".repeat(3) + "0123456789ab1111";

  private static final String TWO = "sk-or-v1-" + "fedcba9876543210".repeat(3) + "fedcba9876542222";

  @Test
  void a_missing_key_and_the_place_of_a_wrong_one_in_a_json_line_are_reported() {
    assertThat(KeyListParser.parse("openrouter", "name,key,account\nEve,,acct"))
        .singleElement()
        .returns("No key beside the name", ParsedKey::problem);
    assertThat(KeyListParser.parse("openrouter", "[\"" + K + "\", \"short\", 7]"))
        .extracting(ParsedKey::problem)
        .containsExactly(
            null,
            "Invalid format: 5 characters; a key has 8 to 512 (key 2 of this line)",
            "Invalid format: neither a text nor an object (key 3 of this line)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          KEY                                  | ''
          a@b.com KEY                          | a@b.com
          My good key KEY                      | My good key
          a@b.com,KEY                          | a@b.com
          a@b.com, "KEY"                       | a@b.com
          a@b.com;KEY                          | a@b.com
          KEY,a@b.com                          | a@b.com
          KEY a@b.com                          | a@b.com
          OPENROUTER_API_KEY=KEY               | OPENROUTER_API_KEY
          export KEY_1="KEY"                   | KEY_1
          KEY_1 = 'KEY'                        | KEY_1
          "KEY"                                | ''
          Bearer KEY                           | ''
          "Bearer KEY"                         | ''
          Authorization: Bearer KEY            | ''
          a@b.com Bearer KEY                   | a@b.com
          a@b.com: KEY                         | a@b.com
          """)
  void every_format_of_a_key_line_is_read(String line, String name) {
    ParsedKey read =
        KeyListParser.parse(
                "openrouter",
                line.replace("KEY", K)
                    .replace(K + "_1", "KEY_1")
                    .replace("OPENROUTER_API_" + K, "OPENROUTER_API_KEY"))
            .getFirst();
    assertThat(read.clear()).isEqualTo(K);
    assertThat(read.name()).isEqualTo("''".equals(name) ? "" : name);
    assertThat(read.problem()).isEqualTo(null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          short                               | Invalid format: 5 characters; a key has 8 to 512
          s                                   | Invalid format: 1 character; a key has 8 to 512
          sk-or-v1-abc\u00e9defghijk          | Invalid format: a character that is not allowed in a key (U+00E9)
          sk-or-v1-abc\u0007defghijk          | Invalid format: a control character (U+0007) inside the key
          sk-or-v1-abcd...9f2a                | Invalid format: the key is shortened; paste the complete key
          ada\tsk-or-v1-abcdefghijkl\tteam   | Invalid format: a tab in the key; more than two columns need a header line above them
          https://openrouter.ai/settings/keys | Invalid format: this is a URL, not a key
          "sk-or-v1-abcdefghijkl              | Invalid format: a quote is opened but not closed; a key must be on one line
          sk-ant-api03-abcdefghijkl           | Looks like a key for Anthropic, not for OpenRouter
          AIzaSyA1234567890abcdefg            | Looks like a key for Google, not for OpenRouter
          kw1_A1b2C3d4E5f6A1b2C3d4E5f6A1b2C3d | Looks like an access token of Keywheel, which must not be sent to a provider
          """)
  void each_kind_of_bad_line_has_its_own_message(String line, String sentence) {
    assertThat(KeyListParser.parse("openrouter", line).getFirst().problem()).isEqualTo(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ONE TWO                           | '' / ''
          ONE, TWO                          | '' / ''
          ONE;TWO                           | '' / ''
          "ONE" "TWO"                       | '' / ''
          Bearer ONE, Bearer TWO            | '' / ''
          ONE TWO # both of Jane            | '' / ''
          OPENROUTER_API_KEYS=ONE,TWO       | OPENROUTER_API_KEYS / OPENROUTER_API_KEYS (2)
          OPENROUTER_API_KEYS="ONE, TWO"    | OPENROUTER_API_KEYS / OPENROUTER_API_KEYS (2)
          export KEYS='ONE' , 'TWO' # both  | KEYS / KEYS (2)
          KEYS=ONE TWO                      | KEYS / KEYS (2)
          """)
  void several_keys_on_a_line_with_only_separators_between_are_read(String line, String names) {
    List<ParsedKey> lines =
        KeyListParser.parse("openrouter", line.replace("ONE", ONE).replace("TWO", TWO));
    assertThat(lines.stream().map(ParsedKey::clear).toList()).isEqualTo(List.of(ONE, TWO));
    assertThat(lines.stream().map(ParsedKey::name).toList())
        .isEqualTo(List.of(names.replace("''", "").split(" / ", -1)));
    assertThat(lines.stream().map(ParsedKey::line).toList()).isEqualTo(List.of(1, 1));
    assertThat(lines.stream().allMatch(one -> one.problem() == null)).isTrue();
  }

  @Test
  void a_variable_with_keys_of_unknown_shape_is_split() {
    List<ParsedKey> lines = KeyListParser.parse("openrouter", "KEYS=testing-one,testing-two");
    assertThat(clears(lines)).isEqualTo(List.of("testing-one", "testing-two"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          The first is ONE and the second: TWO | 2 keys on one line (…1111, …2222): write one per line
          a@b.com,ONE,c@d.com,TWO              | 2 keys on one line (…1111, …2222): write one per line
          a@b.com ONE TWO                      | 2 keys on one line (…1111, …2222): write one per line
          first ONE or so                      | Invalid format: text that resembles a key (…1111) where its name or account belongs; write name and key
          a@b.com,ONE,acme                     | Invalid format: a comma in the key; more than two columns need a header line above them
          {"name":"ONE","key":"TWO"}           | 2 keys on one line (…1111, …2222): write one per line
          [{"name":"ONE","key":"TWO"}]         | 2 keys on one line (…1111, …2222): write one per line
          ONETWO                               | Invalid format: two keys without anything between them
          """)
  void a_secret_never_becomes_a_name_and_messages_show_its_last_four_characters_only(
      String line, String sentence) {
    for (ParsedKey read :
        KeyListParser.parse("openrouter", line.replace("ONE", ONE).replace("TWO", TWO))) {
      assertThat(read.problem()).isEqualTo(sentence);
      assertThat(read.account() == null ? "" : read.account()).isEmpty();
      assertThat(!read.name().contains("sk-")).as(read.name()).isTrue();
    }
  }

  @Test
  void csv_rows_with_a_secret_as_name_or_account_are_refused() {
    String csv = "name,key,account\n" + ONE + "," + TWO + ",acme\nbob," + ONE + "," + TWO;
    for (ParsedKey line : KeyListParser.parse("openrouter", csv)) {
      assertThat(line.problem().replace("…2222, …1111", "…1111, …2222"))
          .isEqualTo("2 keys on one line (…1111, …2222): write one per line");
      assertThat(line.account()).isEqualTo(null);
      assertThat(!line.name().contains("sk-")).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          export FOO="KEY" # mine            | FOO
          FOO="KEY"# mine                    | FOO
          FOO='KEY'   #mine, "and" his       | FOO
          FOO=KEY # mine: sk-or-v1-000000001 | FOO
          FOO = `KEY`                        | FOO
          a@b.com KEY # mine                 | a@b.com
          KEY # mine                         | ''
          Team #1 KEY                        | Team #1
          KEY my second key                  | my second key
          """)
  void comments_after_a_key_are_ignored(String line, String name) {
    ParsedKey read =
        KeyListParser.parse("openrouter", "\uFEFF" + line.replace("KEY", K) + "\r\n").getFirst();
    assertThat(read.clear()).isEqualTo(K);
    assertThat(read.name()).isEqualTo("''".equals(name) ? "" : name);
    assertThat(read.problem()).isEqualTo(null);
  }

  @ParameterizedTest
  @CsvSource({"40, ''", "25, a@b.com", "70, 'FOO='", "9, ''"})
  void both_pieces_of_a_key_split_by_a_newline_are_refused_with_the_same_message(
      int at, String before) {
    String text =
        "# mine\n" + before + " " + ONE.substring(0, at) + "\r\n" + ONE.substring(at) + "\n" + TWO;
    List<ParsedKey> lines = KeyListParser.parse("openrouter", text);
    String sentence = "Lines 2 and 3 are one key (…1111) broken by a newline; put it on one line";
    assertThat(lines.stream().limit(2).map(ParsedKey::problem).toList())
        .isEqualTo(List.of(sentence, sentence));
    assertThat(clears(lines)).isEqualTo(List.of("", "", TWO));
  }

  @Test
  void a_key_split_into_three_is_found_and_pieces_of_another_length_are_accepted() {
    String three = ONE.substring(0, 30) + "\n" + ONE.substring(30, 50) + "\n" + ONE.substring(50);
    assertThat(KeyListParser.parse("openrouter", three).get(2).problem())
        .isEqualTo("Lines 1, 2 and 3 are one key (…1111) broken by a newline; put it on one line");
    String other = ONE.substring(0, 30) + "\n" + ONE.substring(31);
    assertThat(
            KeyListParser.parse("openrouter", other).stream()
                .filter(l -> l.problem() == null)
                .count())
        .isEqualTo(2);
    assertThat(SecretValidator.remark("openrouter", "", ONE.substring(0, 40)).orElseThrow())
        .isEqualTo("Shorter than a normal OpenRouter key (40 of 73 characters)");
    assertThat(
            SecretValidator.remark("openrouter", "", ONE + "0").orElseThrow().startsWith("Longer"))
        .isTrue();
    assertThat(SecretValidator.remark("openrouter", "", ONE).isEmpty()).isTrue();
  }

  @Test
  void json_lines_are_read_as_the_array_of_the_same_objects() {
    String text =
        "{\"name\":\"uno\",\"key\":\""
            + ONE
            + "\"}\n\n{\"key\":\""
            + TWO
            + "\",\"limit\":null,\"tags\":[\"a\"]}\n{\"name\": oops\n[\""
            + K
            + "\"]\n";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", text);
    assertThat(lines.stream().map(ParsedKey::line).toList()).isEqualTo(List.of(1, 3, 4, 5));
    assertThat(clears(lines)).isEqualTo(List.of(ONE, TWO, "", K));
    assertThat(lines.getFirst().name()).isEqualTo("uno");
    assertThat(lines.get(1).name()).isEmpty();
    assertThat(lines.get(2).problem())
        .isEqualTo("Invalid format: this line looks like JSON but is not valid");
    List<ParsedKey> one =
        KeyListParser.parse("openrouter", "{\"key\":\"" + ONE + "\",\"name\":\"uno\"}");
    assertThat(one.getFirst().name()).isEqualTo("uno");
    assertThat(one.size()).isEqualTo(1);
    List<ParsedKey> pretty =
        KeyListParser.parse(
            "openrouter", "{\n\"key\":\n\"" + ONE + "\"}\n{\"key\":\"" + TWO + "\"}");
    assertThat(clears(pretty)).isEqualTo(List.of(ONE, TWO));
  }

  @Test
  void comments_blank_lines_and_invisible_characters_are_ignored() {
    String text = "\uFEFF# my keys\r\n\r\na@b.com \u200b" + K + "\u200b\r\n\n" + K + "1\n";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", text);
    assertThat(lines.stream().map(ParsedKey::line).toList()).isEqualTo(List.of(3, 5));
    assertThat(lines.getFirst().clear()).isEqualTo(K);
  }

  @Test
  void a_csv_with_a_header_is_read_by_its_columns() {
    String text = "name;notes;api_key;account\n\"Smith; Jane\";x;" + K + ";acme\nBob\n";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", text);
    assertThat(lines.get(0).name()).isEqualTo("Smith; Jane");
    assertThat(lines.get(0).clear()).isEqualTo(K);
    assertThat(lines.get(0).account()).isEqualTo("acme");
    assertThat(lines.get(1).problem()).isEqualTo("Has 1 columns; the key is in column 3");
  }

  @Test
  void json_is_read_as_an_array_of_texts_or_objects_or_as_names_and_keys() {
    String objects =
        "[\n \"" + K + "\",\n {\"email\":\"a@b.com\",\"key\":\"" + K + "2\"},\n 7, {\"x\":{}}]";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", objects);
    assertThat(lines.stream().map(ParsedKey::line).toList()).isEqualTo(List.of(2, 3, 4, 4));
    assertThat(lines.get(1).name()).isEqualTo("a@b.com");
    assertThat(lines.get(2).problem()).startsWith("Invalid format: neither a text nor an object");
    assertThat(lines.get(3).problem())
        .isEqualTo("Invalid format: the object has no field key or secret (key 2 of this line)");
    assertThat(KeyListParser.parse("openrouter", "{\"" + K + "\":\"bob\"}").getFirst().name())
        .isEqualTo("bob");
    assertThat(KeyListParser.parse("openrouter", "{\"bob\":\"" + K + "\"}").getFirst().name())
        .isEqualTo("bob");
    assertThat(KeyListParser.parse("openrouter", "{\"keys\":[\"" + K + "\",\"" + K + "\"]}").size())
        .isEqualTo(2);
  }

  @Test
  void keys_are_read_at_every_depth_of_json() {
    String text =
        "{\"keys\":{\"ann\":\""
            + K
            + "\",\"bob\":{\"key\":\""
            + K
            + "2\"}},\n"
            + "\"cid\":{\"name\":\"dora\",\"secret\":\""
            + K
            + "3\"}}\n\""
            + K
            + "4\"\n5";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", text);
    assertThat(lines.stream().map(ParsedKey::name).toList())
        .isEqualTo(List.of("ann", "bob", "dora", "", ""));
    assertThat(lines.stream().map(ParsedKey::clear).toList())
        .isEqualTo(List.of(K, K + "2", K + "3", K + "4", ""));
    assertThat(lines.get(4).problem()).isEqualTo("Invalid format: neither a text nor an object");
  }

  @Test
  void a_key_in_an_ignored_field_is_reported() {
    List<ParsedKey> lines =
        KeyListParser.parse(
            "openrouter",
            "[{\"name\":\"a\",\"key\":\""
                + K
                + "1\",\"token\":\""
                + K
                + "2\",\n\"spare\":{\"key\":\""
                + K
                + "3\"},\"old\":[[\""
                + K
                + "4\"]]}]");
    assertThat(lines.stream().map(ParsedKey::clear).filter(c -> !c.isEmpty()).toList())
        .isEqualTo(List.of(K + "2"));
    assertThat(
            lines.stream()
                .filter(line -> line.problem() != null)
                .map(line -> line.line() + " " + line.problem())
                .toList())
        .isEqualTo(
            List.of(
                "1 A key (…def1) in an unexpected place; write name and key",
                "2 A key (…def3) in an unexpected place; write name and key",
                "2 A key (…def4) in an unexpected place; write name and key"));
  }

  @Test
  void a_csv_row_with_two_keys_is_refused() {
    for (String columns : List.of("name,key,token", "name,key,note")) {
      ParsedKey line =
          KeyListParser.parse("openrouter", columns + "\na," + K + "1," + K + "2").getFirst();
      assertThat(String.valueOf(line.problem()).startsWith("2 keys on one line"))
          .as(line.problem())
          .isTrue();
    }
  }

  @Test
  void csv_quotes_are_read_without_a_header() {
    assertThat(KeyListParser.parse("openrouter", "\"quo\"\"te\"," + K).getFirst().name())
        .isEqualTo("quo\"te");
    assertThat(KeyListParser.parse("openrouter", "\"Smith, J.\"," + K).getFirst().name())
        .isEqualTo("Smith, J.");
    List<ParsedKey> broken = KeyListParser.parse("openrouter", "\"Al\nice\"," + K);
    assertThat(broken.stream().allMatch(line -> line.problem() != null))
        .as(broken::toString)
        .isTrue();
  }

  @Test
  void a_variable_without_a_value_is_reported() {
    assertThat(KeyListParser.parse("openrouter", "EMPTY=\nA=" + K).getFirst().problem())
        .isEqualTo("No value after the =");
  }

  @Test
  void invalid_json_is_refused_with_line_and_column() {
    String second = "{\n\"key\":\"" + K + "\"\n}\n{\n\"key\":oops\n}";
    assertThat(rejection(second).contains("at line 5, column")).as(rejection(second)).isTrue();
    for (String odd :
        List.of(
            "[" + "1".repeat(1_001) + "]",
            "[".repeat(1_001),
            "{\"" + "n".repeat(60_000) + "\":1}")) {
      assertThat(rejection(odd).startsWith("This looks like JSON but is not valid"))
          .as(rejection(odd))
          .isTrue();
    }
  }

  @Test
  void millions_of_lines_are_refused_without_being_parsed() {
    for (String text : List.of("a\n".repeat(4_900_000), "[" + "1,".repeat(4_900_000) + "1]")) {
      String sentence = assertTimeout(Duration.ofSeconds(60), () -> rejection(text));
      assertThat(sentence.contains("at most 20,000 can be imported at once")).as(sentence).isTrue();
    }
  }

  @Test
  void the_reason_why_a_text_cannot_be_parsed_is_stated() {
    assertThat(rejection(" \n ")).isEqualTo("Paste at least one key, one per line.");
    assertThat(rejection("a\0b\0c").contains("UTF-16")).isTrue();
    assertThat(rejection((K + "\n").repeat(2) + K + "\0"))
        .isEqualTo(
            "Line 3 has a NUL character, which no key has. Nothing was imported; remove it.");
    assertThat(rejection("[\"a\",\n oops").contains("line 2"))
        .as(rejection("[\"a\",\n oops"))
        .isTrue();
    assertThat(rejection("# only a comment")).isEqualTo("There is no key in this text.");
    String many = IntStream.range(0, 20_001).mapToObj(i -> K + i).collect(Collectors.joining("\n"));
    assertThat(rejection(many).startsWith("These are 20,001 keys")).as(rejection(many)).isTrue();
  }

  @Test
  void a_line_of_a_megabyte_is_one_invalid_line() {
    ParsedKey line =
        assertTimeout(
            Duration.ofSeconds(20),
            () -> KeyListParser.parse("openrouter", "x".repeat(1_000_000)).getFirst());
    assertThat(line.problem()).isEqualTo("Invalid format: 1000000 characters; a key has 8 to 512");
  }

  @Test
  void the_format_of_a_file_that_is_not_text_is_named() {
    assertThat(file("PK\3\4".getBytes(StandardCharsets.US_ASCII)).contains("archive")).isTrue();
    assertThat(file(K.getBytes(StandardCharsets.UTF_16)).contains("UTF-16")).isTrue();
    assertThat(file(new byte[] {'a', (byte) 0xff, 'b'}).contains("UTF-8")).isTrue();
    assertThat(file(new byte[10_000_001]).contains("10 MB")).isTrue();
    assertThat(KeyFileDecoder.of(K.getBytes(StandardCharsets.UTF_8))).isEqualTo(K);
  }

  @Test
  void a_management_key_has_a_remark() {
    assertThat(SecretValidator.remark("openrouter", "OPENROUTER_PROVISIONING_KEY", K).isPresent())
        .isTrue();
    assertThat(SecretValidator.remark("openrouter", "bob", ONE).isEmpty()).isTrue();
  }

  private static List<String> clears(List<ParsedKey> lines) {
    return lines.stream().map(ParsedKey::clear).toList();
  }

  private static String rejection(String text) {
    return message(
        catchThrowableOfType(Rejected.class, () -> KeyListParser.parse("openrouter", text)));
  }

  private static String file(byte[] bytes) {
    return message(catchThrowableOfType(Rejected.class, () -> KeyFileDecoder.of(bytes)));
  }

  private static String message(Rejected rejected) {
    return String.valueOf(rejected.getMessage());
  }

  @Test
  void the_beginning_of_a_key_and_a_line_of_a_key_file_are_refused() {
    assertThat(SecretValidator.problem("openrouter", "sk-or-v1-").isPresent()).isTrue();
    assertThat(SecretValidator.problem("openrouter", "-----BEGIN").isPresent()).isTrue();
    assertThat(SecretValidator.problem("openrouter", "sk-or-v1-" + "0".repeat(64)).isEmpty())
        .isTrue();
    var header = KeyListParser.parse("openrouter", "-----BEGIN PRIVATE KEY-----").getFirst();
    assertThat(header.problem()).contains("certificate or private key file");
  }
}
