package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleRow;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Url;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list.
 *
 * @param search as typed; empty for none
 * @param previous address of the rows before; null on the first page
 * @param next address of the rows after; null on the last page
 */
public record ArticleList(
    String search, List<Line> lines, @Nullable String previous, @Nullable String next) {
  static final int SIZE = 30;

  /**
   * A line.
   *
   * @param href the article, or its run while there is nothing to read
   */
  public record Line(ArticleRow article, String href, String runHref, String word, Tone tone) {}

  /** From one row more than fits, which tells whether there is a next page. */
  static ArticleList of(String search, int from, List<ArticleRow> rows) {
    var url = Url.of("/articles").with("q", search);
    return new ArticleList(
        search,
        rows.stream().limit(SIZE).map(ArticleList::line).toList(),
        from == 0 ? null : url.with("from", from <= SIZE ? null : from - SIZE).toString(),
        rows.size() > SIZE ? url.with("from", from + SIZE).toString() : null);
  }

  private static Line line(ArticleRow article) {
    var path = "/articles/" + article.id();
    var run = "/runs/" + article.lastRun();
    return new Line(
        article, article.title() == null ? run : path, run, word(article), tone(article));
  }

  /** What a person has to know first: what its run does, else whether somebody has read it. */
  private static String word(ArticleRow article) {
    return switch (article.lastRunState()) {
      case COMPLETED -> article.reviewed() ? "Reviewed" : "Draft";
      case COMPLETED_WITH_GAPS -> article.reviewed() ? "Reviewed" : "Draft with gaps";
      case QUEUED, PLANNING, RUNNING, CANCELLING, WAITING_KEYS, FAILED, CANCELLED ->
          article.lastRunState().label();
    };
  }

  private static Tone tone(ArticleRow article) {
    return switch (article.lastRunState()) {
      case COMPLETED -> article.reviewed() ? Tone.OK : Tone.INFO;
      case COMPLETED_WITH_GAPS -> article.reviewed() ? Tone.OK : Tone.WARN;
      case QUEUED, CANCELLED -> Tone.OFF;
      case PLANNING, RUNNING, CANCELLING -> Tone.INFO;
      case WAITING_KEYS -> Tone.WARN;
      case FAILED -> Tone.BAD;
    };
  }

  public boolean searching() {
    return !search.isEmpty();
  }
}
