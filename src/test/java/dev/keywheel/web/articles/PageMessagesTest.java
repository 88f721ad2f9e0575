package dev.keywheel.web.articles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.page.PageMessages;
import java.time.Instant;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PageMessagesTest {
  private static final Instant DAY = Instant.parse("2026-11-25T20:00:00Z");

  @Test
  void every_language_offered_has_its_own_texts_and_date_format() {
    var english = PageMessages.of("en");
    var seen = new HashSet<PageMessages>();
    for (var language : NewArticlePage.LANGUAGES) {
      PageMessages messages = PageMessages.of(language.code());
      assertTrue(seen.add(messages), language.name());
      assertTrue(
          messages.howTo("X").contains("X")
              && messages.minutes(7).contains("7")
              && messages.reviewedOn().contains("%s")
              && messages.reviewedBy().contains("%s"),
          language.name());
      if (!language.code().equals("en")) {
        assertNotEquals(english.contents(), messages.contents());
        assertNotEquals(english.madeWithAi(), messages.madeWithAi());
        assertNotEquals(english.needsScript(), messages.needsScript());
        assertNotEquals(PageMessages.date(DAY, "en"), PageMessages.date(DAY, language.code()));
      }
    }
  }

  @Test
  void dates_follow_the_language() {
    assertEquals("2026年11月25日", PageMessages.date(DAY, "zh"));
    assertEquals("2026年11月25日", PageMessages.date(DAY, "ja"));
    assertEquals("25. November 2026", PageMessages.date(DAY, "de"));
    assertEquals("25 de novembro de 2026", PageMessages.date(DAY, "pt-BR"));
    assertEquals("25 listopada 2026", PageMessages.date(DAY, "pl"));
  }
}
