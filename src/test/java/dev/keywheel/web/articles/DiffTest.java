package dev.keywheel.web.articles;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keywheel.article.edit.Versions.DiffLine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiffTest {
  /** {@code =} stands for an unchanged line, {@code +} and {@code -} for an added and a removed. */
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

  /** How many lines each piece has; folded ones in brackets. */
  private static String pieces(String signs) {
    var text = new ArrayList<String>();
    var diff = Diff.of(lines(signs));
    for (var piece : diff.pieces()) {
      var size = String.valueOf(piece.lines().size());
      text.add(piece.folded() ? "[" + size + "]" : size);
    }
    var all = diff.pieces().stream().flatMap(piece -> piece.lines().stream()).toList();
    assertEquals(lines(signs), all, "every line once, in its order");
    return String.join(" ", text);
  }

  @Test
  void what_stayed_far_from_any_change_is_folded() {
    assertEquals("[17] 7 [17]", pieces("=".repeat(20) + "+" + "=".repeat(20)));
    assertEquals("[12]", pieces("=".repeat(12)));
    assertEquals("", pieces(""));
    assertEquals("4", pieces("+==-"));
  }

  @Test
  void a_few_lines_are_shown_as_they_are() {
    assertEquals("3 7 3", pieces("=".repeat(6) + "+" + "=".repeat(6)));
  }

  @Test
  void what_it_comes_to_is_said() {
    assertEquals("1 line added, 2 removed.", Diff.of(lines("==+=--")).summary());
    assertEquals("2 lines added, 0 removed.", Diff.of(lines("++")).summary());
    assertEquals("No lines differ.", Diff.of(lines("==")).summary());
  }
}
