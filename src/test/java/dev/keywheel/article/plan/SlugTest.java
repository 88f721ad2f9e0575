package dev.keywheel.article.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlugTest {
  @ParameterizedTest
  @CsvSource({
    "Crème brûlée: 3 Straßen, creme-brulee-3-strassen",
    "Tea & Toast!, tea-toast",
    "İstanbul’da çay, istanbul-da-cay",
    "Ἀθῆναι, αθηναι",
    "❤️ café, cafe",
    "السَّلام, السلام",
    "शुद्ध हिंदी, शुद्ध-हिंदी",
    "ชาร้อน, ชาร้อน",
    "ガイドとパン, ガイドとパン",
    "한국어 차, 한국어-차",
  })
  void accents_are_removed_but_vowel_signs_stay(String title, String slug) {
    assertThat(Slug.of(title, "article")).isEqualTo(slug);
  }
}
