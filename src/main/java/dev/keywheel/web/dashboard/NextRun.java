package dev.keywheel.web.dashboard;

import dev.keywheel.assignment.AssignmentRule;
import dev.keywheel.assignment.Decision;
import dev.keywheel.assignment.PoolRule;
import dev.keywheel.key.DailyLeft;
import dev.keywheel.key.PoolCounts;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Tone;

/**
 * What a run would get if it started now, in words, and for how long that holds.
 *
 * @param numbers the comparison that decides, such as {@code 9 active ≥ 7 needed}
 * @param seats how many different keys it would get at once
 */
public record NextRun(
    Tone tone,
    String word,
    String numbers,
    String sentence,
    String lasts,
    String daily,
    int seats) {

  /** What {@link #lasts} tells of. */
  public String lastsLabel() {
    return tone == Tone.OK || tone == Tone.INFO ? "Lasts" : "Missing";
  }

  /** Calls of a run: eight operations, and one more on average. */
  static final int REQUESTS_OF_A_RUN = 9;

  static NextRun of(PoolCounts counts, PoolRule rule, DailyLeft left) {
    int active = counts.active();
    int testable = counts.rateLimited() + counts.failed();
    var lasts = lasts(active, rule);
    var daily = daily(left);
    return switch (AssignmentRule.decide(active, rule, testable == 0)) {
      case Decision.Perfect(var seats) ->
          new NextRun(
              Tone.OK,
              "Perfect",
              Digits.grouped(active) + " active ≥ " + rule.required() + " needed",
              "The next run gets "
                  + keys(seats)
                  + " of its own for its operations. Nothing is tested.",
              lasts,
              daily,
              seats);
      case Decision.Sufficient(var seats) ->
          new NextRun(
              Tone.INFO,
              "Sufficient",
              Digits.grouped(active) + " active ≥ " + rule.minimum() + " minimum",
              "All " + keys(seats) + " serve, some of them twice. Nothing is tested.",
              lasts,
              daily,
              seats);
      case Decision.RecoveryNeeded(var few) ->
          new NextRun(
              Tone.WARN,
              "Recovery first",
              few + " active < " + rule.minimum() + " minimum",
              "The next run first tests the "
                  + keys(testable)
                  + (testable == 1 ? " that is" : " that are")
                  + " limited or failed, all at once, and goes on with those that work.",
              lasts,
              daily,
              few);
      case Decision.AfterRecovery(var seats) ->
          new NextRun(
              Tone.WARN,
              "Few keys",
              Digits.grouped(active) + " active < " + rule.minimum() + " minimum",
              "There is nothing to test; the next run makes do with " + keys(seats) + ".",
              lasts,
              daily,
              seats);
      case Decision.None() ->
          new NextRun(
              Tone.BAD,
              "No keys",
              "0 active",
              "No key is active and none can be tested. A run would wait until you add or enable one.",
              lasts,
              daily,
              0);
    };
  }

  /** Until a key has its second turn, and how many may fail before the answer is another one. */
  private static String lasts(int active, PoolRule rule) {
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
    return (runs == 1 ? "1 run" : Digits.grouped(runs) + " runs")
        + " until a key has its second turn; "
        + (spare == 0
            ? "if one fails, keys serve twice"
            : "perfect while no more than "
                + Digits.grouped(spare)
                + (spare == 1 ? " fails" : " fail"));
  }

  private static String daily(DailyLeft left) {
    if (left.known() == 0) {
      return "Not known: no active key was tested today";
    }
    var runs = left.left() / REQUESTS_OF_A_RUN;
    return Digits.grouped(left.left())
        + " in "
        + (left.known() == 1 ? "1 account" : Digits.grouped(left.known()) + " accounts")
        + ", about "
        + (runs == 1 ? "1 run" : Digits.grouped(runs) + " runs")
        + (left.unknown() == 0 ? "" : "; " + Digits.grouped(left.unknown()) + " not known")
        + (left.all() ? "" : "; counted over the next " + Digits.grouped(DailyLeft.MOST) + " keys");
  }

  private static String keys(int count) {
    return count == 1 ? "1 key" : Digits.grouped(count) + " keys";
  }
}
