package dev.keywheel.web.articles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.page.PageMessages;
import java.time.Instant;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PageWordsTest {
  private static final Instant DAY = Instant.parse("2026-11-25T20:00:00Z");

  @Test
  void every_language_of_the_form_has_words_and_days_of_its_own() {
    var english = PageMessages.of("en");
    var seen = new HashSet<PageMessages>();
    for (var language : NewArticlePage.LANGUAGES) {
      var words = PageMessages.of(language.code());
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
        assertNotEquals(PageMessages.date(DAY, "en"), PageMessages.date(DAY, language.code()));
      }
    }
  }

  @Test
  void a_day_is_written_as_the_language_writes_it() {
    assertEquals("2026年11月25日", PageMessages.date(DAY, "zh"));
    assertEquals("2026年11月25日", PageMessages.date(DAY, "ja"));
    assertEquals("25. November 2026", PageMessages.date(DAY, "de"));
    assertEquals("25 de novembro de 2026", PageMessages.date(DAY, "pt-BR"));
    assertEquals("25 listopada 2026", PageMessages.date(DAY, "pl"));
  }
}
