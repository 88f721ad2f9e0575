package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.page.Wheel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard of one pool.
 *
 * @param pools the pools to choose from; no choice is shown for fewer than two
 * @param pool the name of the provider that is shown
 * @param next the key whose turn comes next; null when no key has one
 */
public record DashboardPage(
    List<PoolLink> pools,
    String pool,
    PoolCounts counts,
    Wheel wheel,
    NextRun nextRun,
    WheelTable twin,
    Wheel.@Nullable Key next,
    List<Attention> attention,
    List<RunRow> runs,
    List<ArticleRow> articles) {

  /** A pool to look at. */
  public record PoolLink(String provider, String label, int keys) {}

  /**
   * Something that a person has to see to.
   *
   * @param href where; empty when there is nowhere to go
   * @param action the words of the link
   */
  public record Attention(Severity tone, String sentence, String href, String action) {}

  /** The active keys of this pool as the page of keys lists them, next in rotation first. */
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

  /** Names what is shown: the same as long as nothing of it has changed. */
  public String version() {
    return Htmx.version(this);
  }
}
