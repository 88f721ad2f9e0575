package dev.keywheel.web.dashboard;

import dev.keywheel.assignment.AssignmentDecision;
import dev.keywheel.assignment.AssignmentRule;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.pool.RemainingDailyQuota;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;

/**
 * What a run would get if it started now, in words, and for how long that holds.
 *
 * @param numbers the comparison that decides, such as {@code 9 active ≥ 7 needed}
 * @param seats how many different keys it would get at once
 */
public record NextRun(
    Severity tone,
    String word,
    String numbers,
    String sentence,
    String lasts,
    String daily,
    int seats) {

  /** What {@link #lasts} tells of. */
  public String lastsLabel() {
    return tone == Severity.OK || tone == Severity.INFO ? "Lasts" : "Missing";
  }

  /** Calls of a run: eight operations, and one more on average. */
  static final int REQUESTS_OF_A_RUN = 9;

  static NextRun of(PoolCounts counts, AssignmentSettings rule, RemainingDailyQuota left) {
    int active = counts.active();
    int testable = counts.rateLimited() + counts.failed();
    var lasts = lasts(active, rule);
    var daily = daily(left);
    return switch (AssignmentRule.decide(active, rule, testable == 0)) {
      case AssignmentDecision.Perfect(var seats) ->
          new NextRun(
              Severity.OK,
              "Perfect",
              NumberFormats.grouped(active) + " active ≥ " + rule.required() + " needed",
              "The next run gets "
                  + keys(seats)
                  + " of its own for its operations. Nothing is tested.",
              lasts,
              daily,
              seats);
      case AssignmentDecision.Sufficient(var seats) ->
          new NextRun(
              Severity.INFO,
              "Sufficient",
              NumberFormats.grouped(active) + " active ≥ " + rule.minimum() + " minimum",
              "All " + keys(seats) + " serve, some of them twice. Nothing is tested.",
              lasts,
              daily,
              seats);
      case AssignmentDecision.RecoveryNeeded(var few) ->
          new NextRun(
              Severity.WARN,
              "Recovery first",
              few + " active < " + rule.minimum() + " minimum",
              "The next run first tests the "
                  + keys(testable)
                  + (testable == 1 ? " that is" : " that are")
                  + " limited or failed, all at once, and goes on with those that work.",
              lasts,
              daily,
              few);
      case AssignmentDecision.AfterRecovery(var seats) ->
          new NextRun(
              Severity.WARN,
              "Few keys",
              NumberFormats.grouped(active) + " active < " + rule.minimum() + " minimum",
              "There is nothing to test; the next run makes do with " + keys(seats) + ".",
              lasts,
              daily,
              seats);
      case AssignmentDecision.None() ->
          new NextRun(
              Severity.BAD,
              "No keys",
              "0 active",
              "No key is active and none can be tested. A run would wait until you add or enable one.",
              lasts,
              daily,
              0);
    };
  }

  /** Until a key has its second turn, and how many may fail before the answer is another one. */
  private static String lasts(int active, AssignmentSettings rule) {
    if (active < rule.minimum()) {
      int missing = rule.minimum() - active;
      return keys(missing) + " more make it sufficient, " + (rule.required() - active) + " perfect";
    }
    if (active < rule.required()) {
      int spare = active - rule.minimum();
      return spare == 0 ? "No key to spare" : keys(spare) + " to spare before tests are needed";
    }
    int runs = active / rule.required();
    int spare = active - rule.required();
    return (runs == 1 ? "1 run" : NumberFormats.grouped(runs) + " runs")
        + " until a key has its second turn; "
        + (spare == 0
            ? "if one fails, keys serve twice"
            : "perfect while no more than "
                + NumberFormats.grouped(spare)
                + (spare == 1 ? " fails" : " fail"));
  }

  private static String daily(RemainingDailyQuota left) {
    if (left.known() == 0) {
      return "Not known: no active key was tested today";
    }
    var runs = left.left() / REQUESTS_OF_A_RUN;
    return NumberFormats.grouped(left.left())
        + " in "
        + (left.known() == 1 ? "1 account" : NumberFormats.grouped(left.known()) + " accounts")
        + ", about "
        + (runs == 1 ? "1 run" : NumberFormats.grouped(runs) + " runs")
        + (left.unknown() == 0 ? "" : "; " + NumberFormats.grouped(left.unknown()) + " not known")
        + (left.all()
            ? ""
            : "; counted over the next "
                + NumberFormats.grouped(RemainingDailyQuota.MOST)
                + " keys");
  }

  private static String keys(int count) {
    return count == 1 ? "1 key" : NumberFormats.grouped(count) + " keys";
  }
}
