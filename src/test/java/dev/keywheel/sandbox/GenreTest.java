package dev.keywheel.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenreTest {
  @ParameterizedTest
  @CsvSource({
    "How to work out a monthly loan payment,LOAN",
    "car loans,LOAN",
    "discounts and sales tax,DISCOUNT",
    "strong passwords,PASSWORD",
    "trail running shoes,SCORE"
  })
  void a_topic_gets_the_tool_it_speaks_of(String topic, Genre genre) {
    assertThat(Genre.of(Subject.of(topic))).isEqualTo(genre);
  }
}
