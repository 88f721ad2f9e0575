package dev.keywheel.web.articles;

import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleFilter.Which;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list.
 *
 * @param filter what was asked for
 * @param previous address of the rows before; null on the first page
 * @param next address of the rows after; null on the last page
 */
public record ArticleList(
    ArticleFilter filter, List<Line> lines, @Nullable String previous, @Nullable String next) {
  static final int SIZE = 30;

  /**
   * A line.
   *
   * @param href the article, or its run while there is nothing to read
   */
  public record Line(ArticleRow article, String href, String runHref, String word, Severity tone) {}

  /** A choice of the state filter. */
  public record Choice(String label, String href, boolean chosen) {}

  /**
   * @param rows one more than fits tells that there are further ones
   */
  static ArticleList of(ArticleFilter filter, List<ArticleRow> rows) {
    var page =
        Page.of(
            rows,
            SIZE,
            filter.backwards(),
            filter.cursor() == null,
            url(filter.search(), filter.which()),
            ArticleRow::id);
    return new ArticleList(
        filter,
        page.shown().stream().map(ArticleList::line).toList(),
        page.previous(),
        page.next());
  }

  private static Url url(String search, Which which) {
    return Url.of("/articles")
        .with("q", search)
        .with("state", which == Which.ALL ? null : which.word());
  }

  private static Line line(ArticleRow article) {
    var path = "/articles/" + article.id();
    var run = "/runs/" + article.lastRun();
    return new Line(
        article, article.title() == null ? run : path, run, article.word(), tone(article));
  }

  private static Severity tone(ArticleRow article) {
    return switch (article.lastRunState()) {
      case COMPLETED -> article.reviewed() ? Severity.OK : Severity.INFO;
      case COMPLETED_WITH_GAPS -> article.reviewed() ? Severity.OK : Severity.WARN;
      case QUEUED, CANCELLED -> Severity.OFF;
      case PLANNING, RUNNING, CANCELLING -> Severity.INFO;
      case WAITING_KEYS -> Severity.WARN;
      case FAILED -> Severity.BAD;
    };
  }

  public List<Choice> choices() {
    return Arrays.stream(Which.values())
        .map(
            which ->
                new Choice(
                    which.label(), url(filter.search(), which).toString(), which == filter.which()))
        .toList();
  }

  /** Whether anything is left out, so that an empty list means no match. */
  public boolean narrowed() {
    return !filter.search().isEmpty() || filter.which() != Which.ALL;
  }

  /** Why nothing is shown, when something is left out. */
  public String noMatch() {
    var word = filter.which().label().toLowerCase(java.util.Locale.ROOT);
    var state = filter.which() == Which.ALL ? "" : "is \"" + word + "\"";
    var words = "has these words in its title or topic: " + filter.search();
    var where =
        filter.amongTheNewest()
            ? ". Words of one or two letters are searched in the newest "
                + NumberFormats.grouped(ArticleFilter.NEWEST_SEARCHED)
                + " articles only; add a longer word"
            : "";
    return filter.search().isEmpty()
        ? "No article " + state + " now."
        : (state.isEmpty() ? "No article " + words : "No article " + state + " and " + words)
            + where;
  }
}
