package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainLineParserTest {
  private static final String KEY = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '~',
      textBlock =
          """
          - KEY                           ¦ ''
          * Jane KEY                      ¦ Jane
          • KEY                           ¦ ''
          12. KEY                         ¦ ''
          2) KEY                          ¦ ''
          Jane - KEY                      ¦ Jane
          Jane -> KEY                     ¦ Jane
          Jane => KEY                     ¦ Jane
          Jane:KEY                        ¦ Jane
          jane@example.com----KEY         ¦ jane@example.com
          Jane (work):KEY                 ¦ Jane (work)
          Jane-Marie:KEY                  ¦ Jane-Marie
          Jane-Marie - KEY                ¦ Jane-Marie
          - Jane - KEY                    ¦ Jane
          O'Brien 'KEY'                   ¦ O'Brien
          J. R. KEY                       ¦ J. R.
          my *first* KEY                  ¦ my *first*
          Bearer KEY.                     ¦ ''
          Jane Bearer KEY.                ¦ Jane
          Jane: "Bearer KEY",             ¦ Jane
          "Authorization": "Bearer KEY",  ¦ ''
          KEY,"Smith, J."                 ¦ Smith, J.
          KEY | Jane |                    ¦ Jane
          KEY - Jane-Marie                ¦ Jane-Marie
          KEY , Jane                      ¦ Jane
          | Jane | KEY |                  ¦ Jane
          | Jane | `KEY` |                ¦ Jane
          **KEY**                         ¦ ''
          (KEY)                           ¦ ''
          KEY.                            ¦ ''
          “KEY”                           ¦ ''
          张三，KEY                        ¦ 张三
          李四：KEY                        ¦ 李四
          王五　KEY                        ¦ 王五
          赵六｜KEY                        ¦ 赵六
          $ export MY_KEY=KEY             ¦ MY_KEY
          set MY_KEY=KEY                  ¦ MY_KEY
          $env:MY_KEY="KEY"               ¦ MY_KEY
          setx MY_KEY "KEY"               ¦ MY_KEY
          setenv MY_KEY KEY               ¦ MY_KEY
          set -gx MY_KEY KEY              ¦ MY_KEY
          """)
  void a_complete_key_is_found_in_lists_tables_brackets_and_after_any_separator(
      String line, String name) {
    ParsedKey read = parsed(line);
    assertThat(read.problem()).isNull();
    assertThat(read.clear()).isEqualTo(KEY);
    assertThat(read.name()).isEqualTo(name.replace("''", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jane@example.com----password----KEY",
        "| Jane | password | KEY |",
        "Jane:password:KEY",
        "Jane，password，KEY",
        "jane—hunter2—KEY",
        "jane—hunter2:KEY",
        "jane->hunter2->KEY",
        "jane->hunter2:KEY",
        "jane→hunter2→KEY",
        "jane~hunter2~KEY",
        "jane-hunter2-KEY",
        "jane_hunter2_KEY",
        "jane*hunter2*KEY",
        "jane>hunter2>KEY",
        "jane|hunter2|KEY",
        "jane/hunter2/KEY",
        "jane/hunter2:KEY",
        "jane.hunter2.KEY",
        "jane;hunter2|KEY",
        "jane#hunter2:KEY",
        "jane(hunter2):KEY",
        "jane•hunter2:KEY",
        "//KEY",
        "jane - hunter2 - KEY",
        "jane - hunter2 - Bearer KEY",
        "jane -- hunter2 -- KEY",
        "jane — hunter2 — KEY",
        "jane -> hunter2 -> KEY",
        "jane / hunter2 / KEY",
        "jane----hunter2 KEY",
        "jane----hunter2,KEY",
        "'jane' 'hunter2' 'KEY'",
        "(jane) (hunter2) (KEY)",
        "jane@example.com:hunter2 KEY",
        "jane@example.com | hunter2 | KEY",
        "KEY,jane@example.com,hunter2",
        "KEY;jane;hunter2",
        "KEY | Jane | hunter2",
        "KEY|jane|hunter2",
        "KEY jane:hunter2",
        "KEY - jane - hunter2",
        "KEY — jane — hunter2",
        "KEY jane----hunter2",
        "KEY,\"jane\",\"hunter2\"",
        "KEY 'jane' 'hunter2'",
        "ice\",KEY",
        "jane KEY or so",
        "xKEY",
        "(KEY",
        "KEY_old",
      })
  void a_text_that_may_be_a_password_or_a_part_of_a_key_does_not_become_a_name(String line) {
    ParsedKey read = parsed(line);
    assertThat(read.problem() != null || read.name().isEmpty()).as(read.name()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      textBlock =
          """
          KEY,jane,hunter2       ¦ Invalid format: the text beside the key contains separators; use a plain name, or put a header line above the columns
          jane - hunter2 - KEY   ¦ Invalid format: the text beside the key contains separators; use a plain name, or put a header line above the columns
          <b>jane</b>,KEY        ¦ Invalid format: the text beside the key contains separators; use a plain name, or put a header line above the columns
          """)
  void a_line_with_more_columns_than_name_and_key_needs_a_header(String line, String problem) {
    assertThat(parsed(line).problem()).isEqualTo(problem);
  }

  @Test
  void a_line_of_punctuation_is_not_a_key() {
    for (String line : new String[] {"==========", "| -------- | -------- |", "++++++++++++"}) {
      assertThat(KeyListParser.parse("openrouter", line).getFirst().problem()).isNotNull();
    }
  }

  private static ParsedKey parsed(String line) {
    return KeyListParser.parse(
            "openrouter",
            line.replace("MY_KEY", "MY_").replace("KEY", KEY).replace("MY_", "MY_KEY"))
        .getFirst();
  }
}
