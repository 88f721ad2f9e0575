package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.page.Wheel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard of one pool.
 *
 * @param pools the pools to choose from; hidden for fewer than two
 * @param pool display name of the provider
 * @param lastDay calls by hour
 * @param next the next key in rotation; null for none
 */
public record DashboardPage(
    List<PoolLink> pools,
    String pool,
    PoolCounts counts,
    Sparkline lastDay,
    Wheel wheel,
    NextRun nextRun,
    WheelTable twin,
    Wheel.@Nullable Key next,
    List<Attention> attention,
    List<RunRow> runs,
    List<ArticleRow> articles) {

  /** A link to a pool. */
  public record PoolLink(String provider, String label, int keys) {}

  /**
   * An alert.
   *
   * @param href URL of its link; empty for none
   * @param action label of the link
   */
  public record Attention(Severity tone, String sentence, String href, String action) {}

  /** The active keys of this pool in the key list, next in rotation first. */
  public String inRotation() {
    return Url.of("/keys")
        .with("status", KeyStatus.ACTIVE.word())
        .with("provider", pool)
        .with("sort", KeySort.TURN.word())
        .toString();
  }

  public boolean empty() {
    return counts.all() == 0;
  }

  /** A version of the displayed data: equal as long as nothing has changed. */
  public String version() {
    return Htmx.version(this);
  }
}
