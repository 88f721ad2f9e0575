package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A line of the list of articles.
 *
 * @param title the title of the page; null before there is a plan
 * @param score 0 to 100; null before the article is assembled
 * @param lastRun the last run of the article
 * @param hasPicture whether {@link ArticleService#picture} finds a picture
 * @param stale whether a part was made from something that has changed since
 */
public record ArticleRow(
    UUID id,
    @Nullable String title,
    String topic,
    boolean reviewed,
    boolean demo,
    int words,
    @Nullable Integer score,
    boolean hasPicture,
    boolean stale,
    UUID lastRun,
    RunState lastRunState,
    Instant createdAt) {

  /** The name of the article in a list: its title, or its topic before there is a plan. */
  public String name() {
    return title == null ? topic : title;
  }

  /**
   * The most important label: the state of the last run if it did not complete, otherwise whether
   * the article is reviewed.
   */
  public String word() {
    return switch (lastRunState) {
      case COMPLETED -> reviewed ? "Reviewed" : "Draft";
      case COMPLETED_WITH_GAPS -> reviewed ? "Reviewed" : "Draft with gaps";
      case QUEUED, PLANNING, RUNNING, CANCELLING, WAITING_KEYS, FAILED, CANCELLED ->
          lastRunState.label();
    };
  }
}
