package dev.keywheel.web.recovery;

import dev.keywheel.key.state.PoolPause;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recovery page.
 *
 * @param pools the pools with a pause or a notice
 * @param limited number of rate-limited keys in all pools
 * @param excerpts the running batches; if there are none, the newest ended batch
 * @param older URL of the next page of batches; null for none
 * @param before position of the first batch of an older page; null for the first page
 */
public record RecoveryPage(
    List<PoolNote> pools,
    int limited,
    int failed,
    List<BatchExcerpt> excerpts,
    List<BatchCard> history,
    @Nullable String older,
    @Nullable String before) {

  public record PoolNote(String provider, @Nullable PoolPause pause, @Nullable String notice) {}

  /**
   * A batch with its latest tests.
   *
   * @param more number of tests that are not listed
   */
  public record BatchExcerpt(BatchCard card, List<TestLine> tests, int more) {}

  public boolean live() {
    return excerpts.stream().anyMatch(batch -> batch.card().batch().running());
  }

  /**
   * Polling interval; 0 for none. The first page always polls, because a scheduled check may start.
   */
  public int pollSeconds() {
    return live() ? 1 : first() ? 5 : 0;
  }

  public boolean first() {
    return before == null;
  }

  public String livePath() {
    return Url.of("/recovery/live").with("before", before).toString();
  }

  public boolean nothingToTest() {
    return limited + failed == 0;
  }

  /** {@code 15 rate-limited keys and 8 failed keys}. */
  public String toTest() {
    var limits = NumberFormats.counted(limited, "rate-limited key");
    var failures = NumberFormats.counted(failed, "failed key");
    return failed == 0 ? limits : limited == 0 ? failures : limits + " and " + failures;
  }

  /** A version that changes with the page, and every second while a batch runs. */
  String version(Instant now) {
    var batches = excerpts.stream().map(it -> it.card().batch()).toList();
    var newest = history.stream().limit(1).map(card -> card.batch().id()).toList();
    return Htmx.version(
        List.of(batches, newest, pools, limited, failed, live() ? now.getEpochSecond() : 0));
  }
}
