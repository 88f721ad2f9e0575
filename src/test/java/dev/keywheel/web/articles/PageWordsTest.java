package dev.keywheel.web.articles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.page.PageWords;
import java.time.Instant;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PageWordsTest {
  private static final Instant DAY = Instant.parse("2026-11-25T20:00:00Z");

  @Test
  void every_language_of_the_form_has_words_and_days_of_its_own() {
    var english = PageWords.of("en");
    var seen = new HashSet<PageWords>();
    for (var language : NewArticlePage.LANGUAGES) {
      var words = PageWords.of(language.code());
      assertTrue(seen.add(words), language.name());
      assertTrue(
          words.howTo("X").contains("X")
              && words.minutes(7).contains("7")
              && words.reviewedOn().contains("%s")
              && words.reviewedBy().contains("%s"),
          language.name());
      if (!language.code().equals("en")) {
        assertNotEquals(english.contents(), words.contents());
        assertNotEquals(english.madeWithAi(), words.madeWithAi());
        assertNotEquals(english.needsScript(), words.needsScript());
        assertNotEquals(PageWords.date(DAY, "en"), PageWords.date(DAY, language.code()));
      }
    }
  }

  @Test
  void a_day_is_written_as_the_language_writes_it() {
    assertEquals("2026年11月25日", PageWords.date(DAY, "zh"));
    assertEquals("2026年11月25日", PageWords.date(DAY, "ja"));
    assertEquals("25. November 2026", PageWords.date(DAY, "de"));
    assertEquals("25 de novembro de 2026", PageWords.date(DAY, "pt-BR"));
    assertEquals("25 listopada 2026", PageWords.date(DAY, "pl"));
  }
}
