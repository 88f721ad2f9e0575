package dev.keywheel.web.articles;

import static org.assertj.core.api.Assertions.assertThat;

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
      assertThat(seen.add(messages)).as(language.name()).isTrue();
      assertThat(
              messages.howTo("X").contains("X")
                  && messages.minutes(7).contains("7")
                  && messages.reviewedOn().contains("%s")
                  && messages.reviewedBy().contains("%s"))
          .as(language.name())
          .isTrue();
      if (!language.code().equals("en")) {
        assertThat(messages.contents()).isNotEqualTo(english.contents());
        assertThat(messages.madeWithAi()).isNotEqualTo(english.madeWithAi());
        assertThat(messages.needsScript()).isNotEqualTo(english.needsScript());
        assertThat(PageMessages.date(DAY, language.code()))
            .isNotEqualTo(PageMessages.date(DAY, "en"));
      }
    }
  }

  @Test
  void dates_follow_the_language() {
    assertThat(PageMessages.date(DAY, "zh")).isEqualTo("2026年11月25日");
    assertThat(PageMessages.date(DAY, "ja")).isEqualTo("2026年11月25日");
    assertThat(PageMessages.date(DAY, "de")).isEqualTo("25. November 2026");
    assertThat(PageMessages.date(DAY, "pt-BR")).isEqualTo("25 de novembro de 2026");
    assertThat(PageMessages.date(DAY, "pl")).isEqualTo("25 listopada 2026");
  }
}
