package dev.keywheel.web.articles;

import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleFilter.Which;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import java.util.Arrays;
import java.util.List;

public record ArticleList(ArticleFilter filter, Page<ArticleRow> page) {
  static final int SIZE = 30;

  /**
   * @param rows up to {@link #SIZE} rows and one more, which only shows that a further page exists
   */
  static ArticleList of(ArticleFilter filter, List<ArticleRow> rows) {
    var url = url(filter.search(), filter.which());
    boolean first = filter.cursor() == null;
    return new ArticleList(
        filter, Page.of(rows, SIZE, filter.backwards(), first, url, ArticleRow::id));
  }

  private static Url url(String search, Which which) {
    return Url.of("/articles")
        .with("q", search)
        .with("state", which == Which.ALL ? null : which.word());
  }

  /** Address of the article, or of its last run while the article has no title yet. */
  public static String href(ArticleRow article) {
    return article.title() == null ? "/runs/" + article.lastRun() : ArticlePage.path(article.id());
  }

  public static Severity tone(ArticleRow article) {
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
        .map(w -> new Choice(w.label(), url(filter.search(), w).toString(), w == filter.which()))
        .toList();
  }

  /** Address of this page of the list. */
  public String here() {
    return url(filter.search(), filter.which())
        .with(filter.backwards() ? "before" : "after", filter.cursor())
        .toString();
  }

  public boolean narrowed() {
    return !filter.search().isEmpty() || filter.which() != Which.ALL;
  }

  /** Why a narrowed list is empty. */
  public String noMatch() {
    var articles =
        switch (filter.which()) {
          case ALL -> "No articles";
          case RUNNING -> "No articles in progress";
          case DRAFT -> "No drafts";
          case REVIEWED -> "No reviewed articles";
          case GAPS -> "No articles with gaps";
          case STALE -> "No articles that are out of date";
          case FAILED -> "No failed articles";
        };
    var words =
        filter.search().isEmpty() ? "." : " have these words in title or topic: " + filter.search();
    return filter.newestOnly()
        ? articles
            + words
            + ". Words of one or two letters are searched for only in the newest "
            + NumberFormats.grouped(ArticleFilter.NEWEST_SEARCHED)
            + " articles. Add a longer word."
        : articles + words;
  }
}
