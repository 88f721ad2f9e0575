package dev.keywheel.web.articles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.Versions.DiffLine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiffTest {
  /**
   * {@code =} stands for an unchanged line, {@code +} for an added and {@code -} for a removed one.
   */
  private static List<DiffLine> lines(String signs) {
    return IntStream.range(0, signs.length())
        .mapToObj(
            i ->
                new DiffLine(
                    switch (signs.charAt(i)) {
                      case '+' -> "added";
                      case '-' -> "removed";
                      default -> "same";
                    },
                    "line " + i))
        .toList();
  }

  /** The number of lines of each piece; folded pieces in brackets. */
  private static String pieces(String signs) {
    var text = new ArrayList<String>();
    var diff = Diff.of(lines(signs));
    for (var piece : diff.pieces()) {
      var size = String.valueOf(piece.lines().size());
      text.add(piece.folded() ? "[" + size + "]" : size);
    }
    var all = diff.pieces().stream().flatMap(piece -> piece.lines().stream()).toList();
    assertThat(all).as("every line once, in order").isEqualTo(lines(signs));
    return String.join(" ", text);
  }

  @Test
  void unchanged_lines_far_from_a_change_are_folded() {
    assertThat(pieces("=".repeat(20) + "+" + "=".repeat(20))).isEqualTo("[17] 7 [17]");
    assertThat(pieces("=".repeat(12))).isEqualTo("[12]");
    assertThat(pieces("")).isEmpty();
    assertThat(pieces("+==-")).isEqualTo("4");
  }

  @Test
  void a_few_lines_are_shown_unfolded() {
    assertThat(pieces("=".repeat(6) + "+" + "=".repeat(6))).isEqualTo("3 7 3");
  }

  @Test
  void the_number_of_changes_is_shown() {
    assertThat(Diff.of(lines("==+=--")).summary()).isEqualTo("1 line added, 2 removed.");
    assertThat(Diff.of(lines("++")).summary()).isEqualTo("2 lines added, 0 removed.");
    assertThat(Diff.of(lines("==")).summary()).isEqualTo("No lines differ.");
  }
}
