package dev.keywheel.article.edit;

import dev.keywheel.article.edit.Versions.DiffLine;
import java.util.ArrayList;
import java.util.List;

/** What changed from one text to another, line by line, by the longest common subsequence. */
final class LineDiff {
  /**
   * Beyond this many lines in both together the middle is shown as removed and added as a whole.
   */
  private static final long MOST_CELLS = 4_000_000;

  private LineDiff() {}

  static List<DiffLine> of(String from, String to) {
    var a = from.lines().toList();
    var b = to.lines().toList();
    int head = 0;
    while (head < a.size() && head < b.size() && a.get(head).equals(b.get(head))) {
      head++;
    }
    int tail = 0;
    while (tail < a.size() - head
        && tail < b.size() - head
        && a.get(a.size() - 1 - tail).equals(b.get(b.size() - 1 - tail))) {
      tail++;
    }
    var lines = new ArrayList<DiffLine>();
    a.subList(0, head).forEach(l -> lines.add(new DiffLine("same", l)));
    middle(a.subList(head, a.size() - tail), b.subList(head, b.size() - tail), lines);
    a.subList(a.size() - tail, a.size()).forEach(l -> lines.add(new DiffLine("same", l)));
    return lines;
  }

  private static void middle(List<String> a, List<String> b, List<DiffLine> lines) {
    if ((long) a.size() * b.size() > MOST_CELLS) {
      a.forEach(l -> lines.add(new DiffLine("removed", l)));
      b.forEach(l -> lines.add(new DiffLine("added", l)));
      return;
    }
    var common = new int[a.size() + 1][b.size() + 1];
    for (int i = a.size() - 1; i >= 0; i--) {
      for (int j = b.size() - 1; j >= 0; j--) {
        common[i][j] =
            a.get(i).equals(b.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < a.size() || j < b.size()) {
      if (i < a.size() && j < b.size() && a.get(i).equals(b.get(j))) {
        lines.add(new DiffLine("same", a.get(i++)));
        j++;
      } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
        lines.add(new DiffLine("removed", a.get(i++)));
      } else {
        lines.add(new DiffLine("added", b.get(j++)));
      }
    }
  }
}
