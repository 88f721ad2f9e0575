package dev.keywheel.web.articles;

import dev.keywheel.article.edit.Versions.DiffLine;
import dev.keywheel.web.page.NumberFormats;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The changes from one version to another; unchanged text far from any change is folded. */
public record Diff(List<Piece> pieces, int added, int removed) {
  /** Number of unchanged lines shown before and after a change. */
  private static final int AROUND = 3;

  /** Minimum number of lines to fold: the label of the fold takes up a line itself. */
  private static final int WORTH_FOLDING = 4;

  /** Consecutive lines, folded or shown. */
  public record Piece(boolean folded, List<DiffLine> lines) {
    /** Label of the folded lines. */
    public String summary() {
      return lines.size() + " unchanged lines";
    }
  }

  static Diff of(List<DiffLine> lines) {
    var changed =
        IntStream.range(0, lines.size()).filter(i -> !lines.get(i).kind().equals("same")).toArray();
    var pieces = new ArrayList<Piece>();
    int at = 0;
    for (int change : changed) {
      at = addUnchanged(pieces, lines, at, Math.max(at, change - AROUND));
      int end = Math.min(lines.size(), change + 1 + AROUND);
      if (end > at) {
        pieces.add(new Piece(false, lines.subList(at, end)));
        at = end;
      }
    }
    addUnchanged(pieces, lines, at, lines.size());
    return new Diff(List.copyOf(pieces), count(lines, "added"), count(lines, "removed"));
  }

  /** Adds the lines in this range, none of them near a change. Returns {@code to}. */
  private static int addUnchanged(List<Piece> pieces, List<DiffLine> lines, int from, int to) {
    if (to > from) {
      pieces.add(new Piece(to - from >= WORTH_FOLDING, lines.subList(from, to)));
    }
    return to;
  }

  private static int count(List<DiffLine> lines, String kind) {
    return (int) lines.stream().filter(line -> line.kind().equals(kind)).count();
  }

  /** {@code 2 lines added, 1 removed}. */
  public String summary() {
    return added + removed == 0
        ? "No lines differ."
        : NumberFormats.grouped(added)
            + (added == 1 ? " line added, " : " lines added, ")
            + NumberFormats.grouped(removed)
            + " removed.";
  }
}
