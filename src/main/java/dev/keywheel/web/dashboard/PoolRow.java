package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.RunRow;
import dev.keywheel.assignment.AssignmentDecision;
import dev.keywheel.assignment.AssignmentRule;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pool in the table of pools.
 *
 * @param stateLabel the state of the pool
 * @param runsCovered number of runs for which the active keys suffice, as text
 * @param nextCheck when its next key is checked again, or its pause ends; null for neither
 * @param waiting runs that wait for its keys
 * @param lastDay calls by hour
 * @param actions the most useful first
 */
public record PoolRow(
    String provider,
    String label,
    PoolCounts counts,
    Severity tone,
    String stateLabel,
    String runsCovered,
    @Nullable Instant nextCheck,
    List<RunRow> waiting,
    Sparkline lastDay,
    List<PoolAction> actions) {
  /** Maximum number of waiting runs that are listed; further ones are counted. */
  static final int RUNS_SHOWN = 3;

  private static final int ACTIONS_SHOWN = 2;

  /**
   * Pools that need attention first, unused ones last; then by waiting runs and by keys, most
   * first.
   */
  static final Comparator<PoolRow> BY_NEED =
      Comparator.comparingInt(PoolRow::rank)
          .thenComparing(row -> row.waiting.size(), Comparator.reverseOrder())
          .thenComparing(row -> row.counts.all(), Comparator.reverseOrder());

  private record State(Severity tone, String label) {}

  /**
   * @param spare whether another pool has active keys, so that a pool with only disabled keys
   *     counts as unused and needs no attention
   * @param pausedUntil end of the pause; null if the pool is not paused
   */
  static PoolRow of(
      String provider,
      String label,
      PoolCounts counts,
      AssignmentSettings rule,
      boolean spare,
      @Nullable Instant pausedUntil,
      @Nullable Instant nextCheck,
      List<RunRow> waiting,
      Sparkline lastDay) {
    var state = state(counts, rule, spare, pausedUntil != null, !waiting.isEmpty());
    return new PoolRow(
        provider,
        label,
        counts,
        state.tone(),
        state.label(),
        runsCovered(counts.active(), rule),
        pausedUntil != null ? pausedUntil : nextCheck,
        waiting,
        lastDay,
        actions(provider, counts, state.tone(), pausedUntil != null));
  }

  /** The row while the vault is sealed: no key of a pool can be used, and no action helps. */
  PoolRow sealed() {
    return tone == Severity.OFF
        ? this
        : new PoolRow(
            provider,
            label,
            counts,
            Severity.BAD,
            "Sealed",
            "None",
            null,
            waiting,
            lastDay,
            List.of());
  }

  /**
   * Includes a pause in the state of the pool. A shortage is still named, because the end of the
   * pause does not end it.
   */
  private static State state(
      PoolCounts counts, AssignmentSettings rule, boolean spare, boolean paused, boolean waiting) {
    var state = state(counts, rule, spare, waiting);
    if (!paused) {
      return state;
    }
    return switch (state.tone()) {
      case BAD -> new State(Severity.BAD, state.label() + ", paused");
      case OFF -> state;
      case OK, INFO, WARN -> new State(Severity.WARN, "Paused");
    };
  }

  private static State state(
      PoolCounts counts, AssignmentSettings rule, boolean spare, boolean waiting) {
    if (waiting) {
      return new State(Severity.BAD, "Runs waiting");
    }
    if (counts.all() == counts.disabled()) {
      return new State(spare ? Severity.OFF : Severity.BAD, "All disabled");
    }
    return switch (AssignmentRule.decide(counts.active(), rule, false)) {
      case AssignmentDecision.Perfect _ -> new State(Severity.OK, "Perfect");
      case AssignmentDecision.Sufficient _ -> new State(Severity.INFO, "Sufficient");
      case AssignmentDecision.RecoveryNeeded(var active) ->
          new State(Severity.BAD, active == 0 ? "No active keys" : "Below minimum");
      case AssignmentDecision.AfterRecovery _, AssignmentDecision.None _ ->
          new State(Severity.BAD, "Below minimum");
    };
  }

  private static String runsCovered(int active, AssignmentSettings rule) {
    return active >= rule.required()
        ? NumberFormats.counted(active / rule.required(), "run")
        : active > 0 ? "1 run, keys shared" : "None";
  }

  /** Does not offer to add keys during a pause, because more keys would not help. */
  private static List<PoolAction> actions(
      String provider, PoolCounts counts, Severity tone, boolean paused) {
    var actions = new ArrayList<PoolAction>();
    var few = tone == Severity.BAD || tone == Severity.WARN;
    int testable = counts.rateLimited() + counts.failed();
    if (few && testable > 0) {
      actions.add(PoolAction.test(provider, testable));
    }
    if (tone == Severity.OFF || (few && counts.disabled() > 0)) {
      actions.add(PoolAction.enable(provider, counts.disabled()));
    }
    if (counts.failed() > 0) {
      actions.add(PoolAction.replace(provider, counts.failed()));
    }
    if (few && actions.isEmpty() && !paused) {
      actions.add(PoolAction.add(provider));
    }
    return actions.stream().limit(ACTIONS_SHOWN).toList();
  }

  /** Whether the pool needs attention. */
  public boolean needsAttention() {
    return tone == Severity.BAD;
  }

  private int rank() {
    return switch (tone) {
      case BAD -> 0;
      case WARN -> 1;
      case INFO, OK -> 2;
      case OFF -> 3;
    };
  }

  /** The waiting runs that are listed. */
  public List<RunRow> listedRuns() {
    return waiting.subList(0, Math.min(waiting.size(), RUNS_SHOWN));
  }

  /** The number of waiting runs that are not listed. */
  public int unlistedRuns() {
    return waiting.size() - listedRuns().size();
  }

  /** Address of the list of the pool's keys with this status. */
  public String keys(KeyStatus status) {
    return Url.of("/keys").with("status", status.code()).with("provider", provider).toString();
  }
}
