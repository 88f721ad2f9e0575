package dev.keywheel.article.edit;

import dev.keywheel.article.edit.Versions.DiffLine;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The difference between two texts by lines or by words, from their longest common subsequence. */
public final class TextDiff {
  /** Maximum table size, in cells; larger texts are shown as removed and added as a whole. */
  private static final long MAX_CELLS = 4_000_000;

  /** Maximum length, in characters, of a line whose words are compared. */
  private static final int MAX_LINE_LENGTH = 20_000;

  /**
   * A word with its apostrophes and hyphens, white space, or one other character, such as a line
   * separator. The quantifiers are possessive, so that a long word does not overflow the stack.
   */
  private static final Pattern TOKEN =
      Pattern.compile("(?s)[\\p{L}\\p{M}\\p{N}]++(?:['’-][\\p{L}\\p{M}\\p{N}]++)*+|\\s++|.");

  /**
   * Minimum share of the longer line that both lines must contain; otherwise they count as two
   * different lines, without marked words.
   */
  private static final double MIN_SIMILARITY = 0.3;

  private TextDiff() {}

  /** A part of a text: {@code kind} is {@code same}, {@code added} or {@code removed}. */
  public record Piece(String kind, String text) {}

  public static List<Piece> words(String from, String to) {
    var pieces = new ArrayList<Piece>();
    for (var next : steps(tokens(from), tokens(to))) {
      int last = pieces.size() - 1;
      if (last >= 0 && pieces.get(last).kind().equals(next.kind())) {
        pieces.set(last, new Piece(next.kind(), pieces.get(last).text() + next.text()));
      } else {
        pieces.add(next);
      }
    }
    return pieces;
  }

  /** Compares two texts line by line. A changed line also marks its changed words. */
  static List<DiffLine> lines(String from, String to) {
    var steps = steps(from.lines().toList(), to.lines().toList());
    var lines = new ArrayList<DiffLine>();
    int at = 0;
    while (at < steps.size()) {
      int removed = count(steps, at, "removed");
      int added = count(steps, at + removed, "added");
      if (removed + added == 0) {
        lines.add(new DiffLine("same", steps.get(at++).text()));
      } else {
        changed(
            steps.subList(at, at + removed),
            steps.subList(at + removed, at + removed + added),
            lines);
        at += removed + added;
      }
    }
    return lines;
  }

  private static int count(List<Piece> steps, int from, String kind) {
    int count = 0;
    while (from + count < steps.size() && steps.get(from + count).kind().equals(kind)) {
      count++;
    }
    return count;
  }

  private static void changed(List<Piece> removed, List<Piece> added, List<DiffLine> lines) {
    var without = new ArrayList<DiffLine>();
    var with = new ArrayList<DiffLine>();
    for (int i = 0; i < Math.max(removed.size(), added.size()); i++) {
      var before = i < removed.size() ? removed.get(i).text() : null;
      var after = i < added.size() ? added.get(i).text() : null;
      var words =
          before == null || after == null ? List.<Piece>of() : wordsIfSimilar(before, after);
      if (before != null) {
        without.add(new DiffLine("removed", before, only(words, "removed")));
      }
      if (after != null) {
        with.add(new DiffLine("added", after, only(words, "added")));
      }
    }
    lines.addAll(without);
    lines.addAll(with);
  }

  private static List<Piece> wordsIfSimilar(String before, String after) {
    if (Math.max(before.length(), after.length()) > MAX_LINE_LENGTH) {
      return List.of();
    }
    var words = words(before, after);
    int same =
        words.stream().filter(p -> p.kind().equals("same")).mapToInt(p -> p.text().length()).sum();
    return same < MIN_SIMILARITY * Math.max(before.length(), after.length()) ? List.of() : words;
  }

  private static List<Piece> only(List<Piece> words, String kind) {
    return words.stream().filter(p -> p.kind().equals("same") || p.kind().equals(kind)).toList();
  }

  private static List<String> tokens(String text) {
    return TOKEN.matcher(text).results().map(MatchResult::group).toList();
  }

  private static List<Piece> steps(List<String> a, List<String> b) {
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
    var steps = new ArrayList<Piece>();
    a.subList(0, head).forEach(l -> steps.add(new Piece("same", l)));
    middle(a.subList(head, a.size() - tail), b.subList(head, b.size() - tail), steps);
    a.subList(a.size() - tail, a.size()).forEach(l -> steps.add(new Piece("same", l)));
    return steps;
  }

  private static void middle(List<String> a, List<String> b, List<Piece> steps) {
    if ((long) a.size() * b.size() > MAX_CELLS) {
      a.forEach(l -> steps.add(new Piece("removed", l)));
      b.forEach(l -> steps.add(new Piece("added", l)));
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
        steps.add(new Piece("same", a.get(i++)));
        j++;
      } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
        steps.add(new Piece("removed", a.get(i++)));
      } else {
        steps.add(new Piece("added", b.get(j++)));
      }
    }
  }
}
