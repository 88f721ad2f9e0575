package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.TextDiff.Piece;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextDiffTest {
  @Test
  void only_the_changed_word_of_a_sentence_is_marked() {
    assertThat(
            TextDiff.words(
                "It isn't teh rate, it's the term.", "It isn't the rate, it's the term."))
        .containsExactly(
            new Piece("same", "It isn't "),
            new Piece("removed", "teh"),
            new Piece("added", "the"),
            new Piece("same", " rate, it's the term."));
  }

  @Test
  void only_similar_lines_mark_their_changed_words() {
    var lines = TextDiff.lines("one\nThe rate is low.\nend", "one\nThe rate is high.\nend");
    assertThat(lines)
        .extracting(line -> line.kind())
        .containsExactly("same", "removed", "added", "same");
    assertThat(lines.get(2).words())
        .containsExactly(
            new Piece("same", "The rate is "), new Piece("added", "high"), new Piece("same", "."));

    assertThat(TextDiff.lines("alpha beta", "gamma delta epsilon"))
        .allSatisfy(line -> assertThat(line.words()).isEmpty());
  }

  @Test
  void the_pieces_add_up_to_both_texts() {
    var from = "Zu Hause: 3 × 4 = 12 €.\n\n- eins\n- zwei 🚲";
    var to = "Zu Haus: 3 × 5 = 15 €.\n\n- eins\n- drei 🚲🚲";
    assertThat(text(TextDiff.words(from, to), "added")).isEqualTo(from);
    assertThat(text(TextDiff.words(from, to), "removed")).isEqualTo(to);
  }

  @Test
  void a_unicode_line_separator_is_kept() {
    var from = "one\u2028two\u0085three";
    assertThat(TextDiff.words(from, from)).containsExactly(new Piece("same", from));
  }

  @Test
  void a_word_of_many_thousand_parts_is_one_piece() {
    var chain = "a-".repeat(100_000) + "a";
    assertThat(TextDiff.words(chain, chain + " b"))
        .containsExactly(new Piece("same", chain), new Piece("added", " b"));
  }

  @Test
  void the_words_of_a_line_above_20000_characters_are_not_compared() {
    var line = "word ".repeat(4_001);
    assertThat(TextDiff.lines(line, line + "more"))
        .hasSize(2)
        .allSatisfy(changed -> assertThat(changed.words()).isEmpty());
  }

  private static String text(List<Piece> pieces, String without) {
    var text = new StringBuilder();
    pieces.stream().filter(p -> !p.kind().equals(without)).forEach(p -> text.append(p.text()));
    return text.toString();
  }
}
