package dev.keywheel.web.articles;

import dev.keywheel.article.edit.ArticleTrash.TrashedArticle;
import dev.keywheel.web.page.Page;
import java.time.Duration;
import java.time.Instant;

/**
 * A page of the trash of articles.
 *
 * @param days number of days for which deleted articles are kept
 * @param here address of this page
 */
public record DeletedArticles(Page<TrashedArticle> page, int days, String here) {
  public static final String PATH = "/articles/trash";
  static final int SIZE = 50;

  public Instant purgedAt(TrashedArticle article) {
    return article.deletedAt().plus(Duration.ofDays(days));
  }

  /** {@code 7 days}. */
  public String kept() {
    return days == 1 ? "1 day" : days + " days";
  }
}
