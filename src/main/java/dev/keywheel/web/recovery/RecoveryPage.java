package dev.keywheel.web.recovery;

import dev.keywheel.key.PoolPause;
import dev.keywheel.recovery.Batch;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the screen shows.
 *
 * @param pools those with something to say
 * @param limited rate-limited keys over all pools
 * @param older address of the batches before these; null when there are none
 * @param first whether the history begins with the newest
 */
public record RecoveryPage(
    List<PoolNote> pools,
    int limited,
    int failed,
    List<Running> running,
    List<BatchCard> history,
    @Nullable String older,
    boolean first) {

  /** What holds for a whole pool. */
  public record PoolNote(String provider, @Nullable PoolPause pause, @Nullable String notice) {}

  /** A running batch with its newest results. */
  public record Running(BatchCard card, List<TestLine> tests, int more) {}

  public boolean live() {
    return !running.isEmpty();
  }

  public boolean nothingToTest() {
    return limited + failed == 0;
  }

  /** {@code 15 rate limited and 8 failed keys}. */
  public String toTest() {
    return BatchCard.number(limited)
        + " rate limited and "
        + BatchCard.number(failed)
        + (limited + failed == 1 ? " failed key" : " failed keys");
  }

  /** Changes whenever the page would; each second while a batch runs, for its clock. */
  public String version(Instant now) {
    var batches = running.stream().map(r -> r.card().batch()).toList();
    var newest = history.stream().findFirst().map(BatchCard::batch).map(Batch::id);
    return Integer.toHexString(
        Objects.hash(batches, newest, pools, limited, failed, live() ? now.getEpochSecond() : 0));
  }
}
