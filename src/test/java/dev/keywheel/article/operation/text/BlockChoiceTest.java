package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.blocks;
import static dev.keywheel.article.operation.conversation.TeaForTwo.filler;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.TextOperation.Ask;
import dev.keywheel.article.plan.Texts;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which of two texts is kept when a correction has errors too. */
class BlockChoiceTest {
  private static final SectionOperation SECTION =
      new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));

  private static final String GOOD = "Tea for two. " + filler(58);

  private static final String REPEATED =
      "The pot is warm and the tea is not. ".repeat(3) + filler(50).replace("word", "x");

  private static final String GERMAN =
      "Der Tee ist nicht mit dem Wasser zu verwechseln und auch nicht für die Katze, wenn sie mit"
          + " der Kanne auf dem Tisch von Oma sitzt und sich nicht bewegt. Dann schläft der Hund"
          + " auf der Wiese, und niemand hat ihn gerufen, obwohl er es gern gehabt hätte. Später"
          + " kommt noch ein Gast mit einem Kuchen, den wir dann zusammen in der Küche essen.";

  @Test
  void a_short_block_is_better_than_a_missing_one() {
    var first = SECTION.read(blocks(Map.of("s1-1", GOOD)), false);
    var second = SECTION.with(first, blocks(Map.of("s1-2", "Too short.")), false, Ask.CORRECTION);
    assertThat(first.errors()).hasSameSizeAs(second.errors());
    assertThat(SECTION.better(second, first)).isTrue();
    assertThat(SECTION.better(first, second)).isFalse();
  }

  @Test
  void of_two_short_blocks_the_longer_one_is_kept() {
    var first = SECTION.read(blocks(Map.of("s1-1", GOOD)) + "\n\n@@s1-2@@\nToo short, tea.", false);
    var second =
        SECTION.with(
            first, "@@s1-2@@\nStill too short, but with more of it.", false, Ask.CORRECTION);
    assertThat(first.errors()).hasSameSizeAs(second.errors());
    assertThat(SECTION.better(second, first)).isTrue();
  }

  @Test
  void a_block_with_two_faults_fills_a_gap() {
    var first = SECTION.read(blocks(Map.of("s1-1", GOOD)), false);
    var second = SECTION.with(first, "@@s1-2@@\nToo short and it stops in", false, Ask.CORRECTION);
    assertThat(second.errors()).hasSize(2);
    assertThat(Objects.requireNonNull(second.value()).of("s1-2")).isNotEmpty();
    assertThat(SECTION.better(second, first)).isTrue();
  }

  @Test
  void a_text_in_a_wrong_language_never_replaces_one_in_the_right_language() {
    var right = SECTION.read(blocks(Map.of("s1-1", GOOD)) + "\n@@s1-2@@\n" + REPEATED, false);
    var wrong = blocks(Map.of("s1-1", GOOD)) + "\n@@s1-2@@\n" + GERMAN;
    assertThat(right.errors()).singleElement().asString().contains("three times or more");
    assertThat(SECTION.read(wrong, false).errors()).singleElement().asString().contains("German");

    var kept = SECTION.with(right, wrong, false, Ask.CORRECTION);
    assertThat(kept.value()).isEqualTo(right.value());
    var replaced =
        SECTION.with(
            SECTION.read(wrong, false), "@@s1-2@@\n" + REPEATED + " And", false, Ask.CORRECTION);
    assertThat(Objects.requireNonNull(replaced.value()).of("s1-2")).contains("The pot is warm");
    assertThat(SECTION.better(SECTION.read(wrong, false), right)).isFalse();
  }
}
