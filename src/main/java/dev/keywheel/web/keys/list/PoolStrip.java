package dev.keywheel.web.keys.list;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.RenderContext;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pool in numbers, above the list.
 *
 * @param nextCheck when the first limited key is checked again; null when none is limited
 */
public record PoolStrip(PoolCounts counts, @Nullable Instant nextCheck, List<Pool> pools) {

  /**
   * The problem of a pool in a few words, or the number of pools with problems; null if there is
   * none.
   */
  public @Nullable String notice() {
    var noted =
        pools.stream().filter(pool -> pool.pause() != null || pool.notice() != null).toList();
    return switch (noted.size()) {
      case 0 -> null;
      case 1 ->
          noted.getFirst().pause() == null
              ? noted.getFirst().label() + " rejects keys"
              : noted.getFirst().label() + " is paused";
      default -> noted.size() + " pools need attention";
    };
  }

  /**
   * One provider's pool.
   *
   * @param next name of the next key in rotation; null if no key is usable
   * @param nextLastFour last four characters of the next key in rotation
   * @param nextId id of the next key in rotation
   */
  public record Pool(
      String provider,
      String label,
      PoolCounts counts,
      @Nullable String next,
      @Nullable String nextLastFour,
      @Nullable String nextId,
      AssignmentSettings rule,
      PoolState state) {

    /** The current pause; null if the pool is not paused. */
    public @Nullable PoolPause pause() {
      return state.pause(RenderContext.now()).orElse(null);
    }

    public @Nullable String notice() {
      return state.notice();
    }

    /** A sentence about the keys that the next run would get. */
    public String forecast() {
      int active = counts.active();
      if (active >= rule.required()) {
        int runs = active / rule.required();
        return "Enough for "
            + (runs == 1
                ? "1 run, with "
                : NumberFormats.grouped(runs) + " runs at once, each with ")
            + KeyMessages.keys(rule.required())
            + ".";
      }
      if (active >= rule.minimum()) {
        return KeyMessages.keys(active)
            + (active == 1 ? " is" : " are")
            + " shared by the operations of a run ("
            + rule.required()
            + " needed).";
      }
      return counts.notDisabled() == 0
          ? (counts.all() == 1
                  ? "Its only key is"
                  : "All " + KeyMessages.keys(counts.all()) + " are")
              + " disabled, so runs will wait."
          : "Fewer than "
              + NumberFormats.counted(rule.minimum(), "active key")
              + (counts.rateLimited() + counts.failed() == 0
                  ? ", and no others to test: the operations of a run share them."
                  : ": the next run first tests the limited and failed ones.");
    }
  }
}
