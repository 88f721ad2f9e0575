package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.gateway.ledger.GatewayRequestCounts;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.page.Wheel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard: all pools, and one of them in detail.
 *
 * @param pools pools with keys or waiting runs; pools that need attention first
 * @param trashed number of keys of all pools in the trash
 * @param pool provider of the pool that is shown in detail
 * @param label display name of this provider
 * @param calls hourly calls of all pools
 * @param lastDay totals of all pools in the last 24 hours
 * @param samplesAvailable whether sample keys can be loaded
 * @param topics links to the form of a new article, each with a topic for which the sandbox has a
 *     complete article
 * @param next the next key in rotation; null for none
 */
public record DashboardPage(
    List<PoolRow> pools,
    int trashed,
    String pool,
    String label,
    PoolCounts counts,
    Sparkline calls,
    UsageTotals lastDay,
    Wheel wheel,
    NextRun nextRun,
    WheelTable wheelTable,
    Wheel.@Nullable Key next,
    List<Alert> alerts,
    List<RunRow> runs,
    GatewayRequestCounts requests,
    List<ArticleRow> articles,
    boolean samplesAvailable,
    List<Choice> topics) {

  /**
   * An alert.
   *
   * @param href URL that the alert links to; empty if it has no link
   * @param action label of the link
   */
  public record Alert(Severity tone, String sentence, String href, String action) {}

  /** Address of the list of the pool's active keys, the next key in rotation first. */
  public String rotationPath() {
    return Url.of("/keys")
        .with("status", KeyStatus.ACTIVE.code())
        .with("provider", pool)
        .with("sort", KeySort.ROTATION.word())
        .toString();
  }

  public boolean empty() {
    return pools.isEmpty();
  }

  /** Title of the page when all pools are empty, except for keys in the trash. */
  public String emptyTitle() {
    return trashed == 0 ? "Add your first keys" : KeyMessages.allInTrash(trashed);
  }

  /** Whether to suggest a first article: a key is active, and there is no article and no run. */
  public boolean suggestsFirstArticle() {
    return pools.stream().anyMatch(pool -> pool.counts().active() > 0)
        && articles.isEmpty()
        && runs.isEmpty();
  }

  public List<PoolRow> withKeys() {
    return pools.stream().filter(row -> row.counts().all() > 0).toList();
  }

  /** A version of the displayed data: equal as long as nothing has changed. */
  public String version() {
    return Htmx.version(this);
  }
}
