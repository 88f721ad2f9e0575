package dev.keywheel.key.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyTextSearchTest {
  /** A sample of a million names, as PostgreSQL would take it. */
  private static final List<String> SAMPLE =
      IntStream.range(0, 100).mapToObj(i -> "user%07d-production".formatted(i * 10_007)).toList();

  @Test
  void the_rarest_part_of_the_text_is_looked_up() {
    assertThat(KeyTextSearch.rare(SAMPLE, "user0954242")).hasValue("95424");
    assertThat(KeyTextSearch.rare(SAMPLE, "Zebra-production")).hasValue("Zebra");
  }

  @Test
  void the_whole_text_is_looked_up_where_no_part_of_it_is_rare() {
    assertThat(KeyTextSearch.rare(SAMPLE, "-production")).isEmpty();
    assertThat(KeyTextSearch.rare(SAMPLE, "a-b-c-production")).isEmpty();
  }

  /** In Turkish, the lower case of "I" is a letter other than "i". */
  @Test
  void the_database_converts_a_part_to_lower_case() {
    assertThat(KeyTextSearch.rare(SAMPLE, "ISTAN-production")).hasValue("ISTAN");
    assertThat(KeyTextSearch.rare(SAMPLE, "USER0954242-PRODUCTION")).hasValue("95424");
  }

  @Test
  void letters_that_databases_lowercase_differently_are_not_looked_up_alone() {
    assertThat(KeyTextSearch.rare(SAMPLE, "\u0130\u0130\u0130\u0130\u0130-")).isEmpty();
  }
}
