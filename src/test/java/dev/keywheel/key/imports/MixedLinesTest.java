package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MixedLinesTest {
  private static final String ONE = "sk-or-v1-" + "0123456789abcdef".repeat(3) + "0123456789ab1111";
  private static final String TWO = "sk-or-v1-" + "fedcba9876543210".repeat(3) + "fedcba9876542222";

  @Test
  void json_lines_are_read_among_plain_lines() {
    String text =
        ONE
            + "\n{\"name\": \"Jane\", \"key\": \""
            + TWO
            + "\"}\n[prod] testing-three\n[1] testing-four";
    assertThat(KeyListParser.parse("openrouter", text))
        .extracting(ParsedKey::line, ParsedKey::name, ParsedKey::clear, ParsedKey::problem)
        .containsExactly(
            tuple(1, "", ONE, null),
            tuple(2, "Jane", TWO, null),
            tuple(3, "[prod]", "testing-three", null),
            tuple(4, "[1]", "testing-four", null));
  }

  @Test
  void several_keys_in_json_on_the_last_line_are_read_after_plain_lines() {
    String text = "testing-three\n[\"sk-or-v1-0123456789\", \"sk-or-v1-9876543210\"]";
    assertThat(KeyListParser.parse("openrouter", text)).hasSize(3);
  }

  @Test
  void all_keys_of_a_json_line_have_its_number_and_later_lines_keep_theirs() {
    String text =
        """
        ["testing-one1", 7, "testing-two2"]
        {"Jane": "testing-three", "Joe": "short", "Jim": {"note": "no key", "key": ""}}

        testing-four
        Bob short
        """;
    assertThat(KeyListParser.parse("openrouter", text))
        .extracting(ParsedKey::line, ParsedKey::name, line -> line.problem() == null)
        .containsExactly(
            tuple(1, "", true),
            tuple(1, "", false),
            tuple(1, "", true),
            tuple(2, "Jane", true),
            tuple(2, "Joe", false),
            tuple(2, "Jim", false),
            tuple(4, "", true),
            tuple(5, "Bob", false));
  }

  @Test
  void each_key_of_json_over_many_lines_has_the_line_that_it_is_written_on() {
    String text =
        """
        {"first": ["testing-one1", "testing-two2"],

         "second": [
           true,
           "testing\\u002dthree",
           {"name": "Jane",
            "key": "testing-four"},
           {"name": "Joe"}, null]}
        """;
    assertThat(KeyListParser.parse("openrouter", text))
        .extracting(ParsedKey::line, ParsedKey::clear)
        .containsExactly(
            tuple(1, "testing-one1"),
            tuple(1, "testing-two2"),
            tuple(4, ""),
            tuple(5, "testing-three"),
            tuple(7, "testing-four"),
            tuple(8, ""),
            tuple(8, ""));
  }

  @ParameterizedTest
  @CsvSource({"data, name, key", "Data, Name, Key"})
  void a_stored_response_to_the_creation_of_a_key_is_read_with_its_name(
      String data, String name, String key) {
    String answer =
        "{\"%s\": {\"hash\": \"f01d52606dc8f0a8\", \"label\": \"sk-or-v1-012...111\", \"%s\": \"Jane\"}, \"%s\": \"%s\"}"
            .formatted(data, name, key, ONE);
    assertThat(KeyListParser.parse("openrouter", answer))
        .extracting(ParsedKey::name, ParsedKey::clear, ParsedKey::problem)
        .containsExactly(tuple("Jane", ONE, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hash", "Hash", "id"})
  void the_hash_beside_a_key_in_json_is_not_a_second_key(String field) {
    String hash = "f01d52606dc8f0a8".repeat(4);
    String object = "{\"key\": \"%s\", \"%s\": \"%s\"}".formatted(ONE, field, hash);
    assertThat(KeyListParser.parse("openrouter", object))
        .extracting(ParsedKey::name, ParsedKey::clear, ParsedKey::problem)
        .containsExactly(tuple("", ONE, null));
  }

  @Test
  void a_key_under_the_name_of_a_hash_is_read_as_a_second_key() {
    String object = "{\"key\": \"%s\", \"hash\": \"%s\"}".formatted(ONE, TWO);
    assertThat(KeyListParser.parse("openrouter", object))
        .extracting(ParsedKey::name, ParsedKey::clear)
        .containsExactly(tuple("key", ONE), tuple("hash", TWO));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[1] testing-three\n[2] testing-four", "[1] testing-three\n[\"testing-four\"]"})
  void a_number_in_brackets_before_the_first_key_is_its_name(String text) {
    assertThat(KeyListParser.parse("openrouter", text))
        .allSatisfy(line -> assertThat(line.problem()).isNull())
        .extracting(ParsedKey::clear)
        .containsExactly("testing-three", "testing-four");
  }

  @Test
  void values_of_json_lines_after_a_plain_line_are_limited_too() {
    String line = "[" + "1,".repeat(600_000) + "1]\n";
    assertThatThrownBy(() -> KeyListParser.parse("openrouter", "testing-three\n" + line + line))
        .hasMessageContaining("values; at most 20,000 can be imported at once");
  }

  @Test
  void keys_in_json_are_not_joined_with_the_next_lines() {
    String split = ONE.substring(0, 40) + "\n" + ONE.substring(40);
    assertThat(
            KeyListParser.parse(
                "openrouter", "testing-three\n[\"testing-one1\", \"testing-two2\"]\n" + split))
        .extracting(ParsedKey::clear)
        .contains("testing-one1", "testing-two2")
        .doesNotContain(ONE.substring(0, 40));
  }

  @ParameterizedTest
  @ValueSource(strings = {"name,key\nJane,", "key,name\n"})
  void pieces_of_a_key_in_a_csv_are_refused(String before) {
    String text = before + ONE.substring(0, 40) + "\n" + ONE.substring(40);
    assertThat(KeyListParser.parse("openrouter", text))
        .allSatisfy(line -> assertThat(line.problem()).isNotNull());
  }

  @Test
  void an_object_over_several_lines_among_plain_lines_is_reported_as_json() {
    assertThat(
            KeyListParser.parse("openrouter", ONE + "\n{\"name\": \"Jane\",").getLast().problem())
        .isEqualTo("Invalid format: this line looks like JSON but is not valid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Jane | KEY",
        "KEY | Jane",
        "Jane|KEY",
        "KEY|Jane",
        "Jane | Bearer KEY",
        "Jane | testing-three",
      })
  void a_bar_separates_name_and_key(String line) {
    ParsedKey read = KeyListParser.parse("openrouter", line.replace("KEY", ONE)).getFirst();
    assertThat(read.name()).isEqualTo("Jane");
    assertThat(read.clear()).isEqualTo(line.contains("KEY") ? ONE : "testing-three");
    assertThat(read.problem()).isNull();
  }

  @Test
  void a_bar_inside_a_name_is_kept() {
    assertThat(KeyListParser.parse("openrouter", "Team | Jane | " + ONE).getFirst().name())
        .isEqualTo("Team | Jane");
  }

  @Test
  void a_sandbox_key_for_openrouter_has_a_remark() {
    assertThat(SecretValidator.remark("openrouter", "", "sk-or-demo-valid-1").orElseThrow())
        .isEqualTo("Looks like a sandbox key, which OpenRouter refuses");
    assertThat(SecretValidator.remark("sandbox", "", "sk-or-demo-valid-1")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"key\": \"KEY\", \"disabled\": true}', false",
    "'{\"key\": \"KEY\", \"data\": {\"name\": \"a\", \"disabled\": true}}', false",
    "'{\"key\": \"KEY\", \"disabled\": false}', true"
  })
  void a_key_that_the_text_marks_as_disabled_is_refused(String json, boolean accepted) {
    assertThat(KeyListParser.parse("openrouter", json.replace("KEY", ONE)))
        .singleElement()
        .matches(key -> (key.problem() == null) == accepted)
        .returns(ONE, ParsedKey::clear);
  }

  @Test
  void an_empty_text_in_a_list_of_keys_is_reported_as_such() {
    assertThat(KeyListParser.parse("openrouter", "[\"\", \"" + ONE + "\"]"))
        .extracting(ParsedKey::problem)
        .containsExactly("An empty text in place of a key (key 1 of this line)", null);
  }
}
