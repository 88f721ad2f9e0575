package dev.keywheel.web.dashboard;

import dev.keywheel.assignment.AssignmentDecision;
import dev.keywheel.assignment.AssignmentRule;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.pool.RemainingDailyQuota;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;

/**
 * The keys that a run would get if it started now, and how many runs the keys suffice for.
 *
 * @param numbers the numbers that decide, such as {@code 9 active keys (7 needed)}
 * @param seats number of different keys that the run would get at once
 */
public record NextRun(
    Severity tone, String label, String numbers, String sentence, Outlook outlook, int seats) {

  /**
   * How many runs the active keys and their daily quota suffice for.
   *
   * @param label the label of {@code lasts}
   * @param lasts the number of runs for which the keys suffice, or the number of missing keys, as
   *     text
   * @param daily the known remaining daily quota, in calls and runs, as text
   */
  public record Outlook(String label, String lasts, String daily) {}

  /** Estimated number of calls per run: eight operations and, on average, one retry. */
  static final int CALLS_PER_RUN = 9;

  /**
   * @param sealed whether the vault is sealed, so that no key can be decrypted
   * @param paused whether the pool is paused, so that a run waits before it tests or uses keys
   */
  static NextRun of(
      PoolCounts counts,
      AssignmentSettings rule,
      RemainingDailyQuota left,
      boolean sealed,
      boolean paused) {
    var decision = AssignmentRule.decide(counts.active(), rule, testable(counts) == 0);
    var now = now(decision, counts, rule, left);
    return sealed ? now.sealed() : paused ? now.paused(decision, counts) : now;
  }

  private static NextRun now(
      AssignmentDecision decision,
      PoolCounts counts,
      AssignmentSettings rule,
      RemainingDailyQuota left) {
    int active = counts.active();
    var label = active < rule.minimum() ? "Missing" : "Lasts";
    var outlook = new Outlook(label, lasts(active, rule), daily(active, left));
    return switch (decision) {
      case AssignmentDecision.Perfect(var seats) ->
          new NextRun(
              Severity.OK,
              "Perfect",
              activeKeys(active) + " (" + rule.required() + " needed)",
              "The next run gets %s. No keys are tested first.".formatted(keys(seats)),
              outlook,
              seats);
      case AssignmentDecision.Sufficient(var seats) ->
          new NextRun(
              Severity.INFO,
              "Sufficient",
              activeKeys(active) + " (minimum " + rule.minimum() + ")",
              "The next run shares " + keys(seats) + ". No keys are tested first.",
              outlook,
              seats);
      case AssignmentDecision.RecoveryNeeded(var few) ->
          new NextRun(
              Severity.WARN,
              "Recovery first",
              activeKeys(few) + " (minimum " + rule.minimum() + ")",
              "The next run first tests " + testableKeys(counts) + ", then uses those that work.",
              outlook,
              few);
      case AssignmentDecision.AfterRecovery(var seats) ->
          new NextRun(
              Severity.WARN,
              "Few keys",
              activeKeys(active) + " (minimum " + rule.minimum() + ")",
              "There are no keys to test; the next run shares " + keys(seats) + ".",
              outlook,
              seats);
      case AssignmentDecision.None() ->
          new NextRun(
              Severity.BAD,
              "No keys",
              "No active keys",
              "No key is active and none can be tested. A run would wait until you add or enable one.",
              outlook,
              0);
    };
  }

  private NextRun sealed() {
    return new NextRun(
        Severity.BAD,
        "Sealed",
        numbers,
        "No key can be decrypted. Runs continue and requests are served again when the vault is unsealed.",
        outlook,
        seats);
  }

  private NextRun paused(AssignmentDecision decision, PoolCounts counts) {
    return switch (decision) {
      case AssignmentDecision.Perfect _,
          AssignmentDecision.Sufficient _,
          AssignmentDecision.AfterRecovery _ ->
          paused("uses these keys.");
      case AssignmentDecision.RecoveryNeeded _ ->
          paused("tests " + testableKeys(counts) + " and uses those that work.");
      case AssignmentDecision.None() -> this;
    };
  }

  private NextRun paused(String then) {
    return new NextRun(
        Severity.WARN,
        "Paused",
        numbers,
        "A run that starts now waits until the pause ends, then " + then,
        outlook,
        seats);
  }

  private static int testable(PoolCounts counts) {
    return counts.rateLimited() + counts.failed();
  }

  /** How many runs the keys suffice for and how many keys may fail, or how many are missing. */
  private static String lasts(int active, AssignmentSettings rule) {
    if (active < rule.minimum()) {
      int missing = rule.minimum() - active;
      return "Add or enable %s (%s for all %s that a run needs)"
          .formatted(keys(missing), rule.required() - active, rule.required());
    }
    if (active < rule.required()) {
      int spare = active - rule.minimum();
      return spare == 0 ? "No spare keys" : keys(spare) + " can fail before keys must be tested";
    }
    int runs = active / rule.required();
    int spare = active - rule.required();
    return "Enough for "
        + NumberFormats.counted(runs, "run")
        + " before a key repeats. "
        + (spare == 0
            ? "If a key fails, operations share keys."
            : "Up to " + keys(spare) + " can fail before operations share keys.");
  }

  private static String daily(int active, RemainingDailyQuota left) {
    if (left.reportedAccounts() == 0) {
      return active == 0
          ? "None: no key is active"
          : "Unknown: no active key has been tested today";
    }
    var runs = left.left() / CALLS_PER_RUN;
    return "About "
        + NumberFormats.counted(runs, "run")
        + ": "
        + NumberFormats.counted(left.left(), "request")
        + " in "
        + NumberFormats.counted(left.reportedAccounts(), "account")
        + (left.otherAccounts() == 0
            ? ""
            : ", " + NumberFormats.grouped(left.otherAccounts()) + " unknown")
        + (left.complete()
            ? ""
            : ", of the next " + NumberFormats.grouped(RemainingDailyQuota.MAX_KEYS) + " keys");
  }

  private static String activeKeys(int count) {
    return count == 0 ? "No active keys" : NumberFormats.counted(count, "active key");
  }

  private static String testableKeys(PoolCounts counts) {
    return NumberFormats.counted(testable(counts), "limited or failed key");
  }

  private static String keys(int count) {
    return NumberFormats.counted(count, "key");
  }
}
