package dev.keywheel.web.dashboard;

import dev.keywheel.article.ArticleRow;
import dev.keywheel.article.RunRow;
import dev.keywheel.key.PoolCounts;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Wheel;
import java.util.List;

/**
 * The dashboard of one pool.
 *
 * @param pools the pools there are, to choose from; one or none: no choice
 * @param pool the name of the provider that is shown
 * @param next the next keys in the order of their turn, for those who would rather read
 */
public record DashboardPage(
    List<PoolLink> pools,
    String pool,
    PoolCounts counts,
    Wheel wheel,
    NextRun nextRun,
    List<Wheel.Key> next,
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
  public record Attention(Tone tone, String sentence, String href, String action) {}

  public boolean empty() {
    return counts.all() == 0;
  }

  /** Names what is shown: the same as long as nothing of it has changed. */
  public String version() {
    return Integer.toHexString(hashCode());
  }
}
