package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-1", "@sum", "＝1", "＋1", "－1", "＠sum", " =1", "\u00a0=1"})
  void no_cell_is_a_formula(String text) {
    assertThat(Csv.line(text, "x")).isEqualTo("'" + text + ",x\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\t=1", "\r=1", "\n=1", "\tx"})
  void no_cell_is_a_formula_after_a_separator_or_a_newline(String text) {
    assertThat(Csv.line(text)).isEqualTo("\"'" + text + "\"\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a;=1", "a\t=1", "a,=1", "a\n=1", "a\r=1"})
  void no_part_of_a_cell_is_a_formula_if_another_character_separates_cells(String text) {
    assertThat(Csv.line(text)).isEqualTo("\"" + text + "\"\r\n");
  }

  @Test
  void other_texts_are_unchanged() {
    assertThat(Csv.line("a", "", "b = c", "1-2", "é|x")).isEqualTo("a,,b = c,1-2,é|x\r\n");
    assertThat(Csv.line("say \"a\"")).isEqualTo("\"say \"\"a\"\"\"\r\n");
  }
}
