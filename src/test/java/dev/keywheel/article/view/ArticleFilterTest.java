package dev.keywheel.article.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArticleFilterTest {
  @ParameterizedTest
  @CsvSource({"ab, true", "abc, false", "ab abc, false", "𠮷野, true"})
  void only_the_newest_articles_are_searched_for_words_without_a_trigram(
      String search, boolean newestOnly) {
    var filter = new ArticleFilter(search, ArticleFilter.Which.ALL, null, false);
    assertThat(filter.newestOnly()).isEqualTo(newestOnly);
  }
}
