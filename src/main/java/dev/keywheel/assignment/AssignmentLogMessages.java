package dev.keywheel.assignment;

import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.log.LogLine;
import dev.keywheel.run.Plan;
import dev.keywheel.run.Seat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Log lines of an assignment. Users and programs read them: do not change the wording. */
final class AssignmentLogMessages {
  private AssignmentLogMessages() {}

  static List<LogLine> need(AssignmentSettings rule, String provider, int found, String user) {
    return List.of(
        LogLine.info(
                "keys.need",
                "🎯 Need %s keys for Round-Robin distribution across all operations"
                    .formatted(rule.required()))
            .with("required", rule.required()),
        LogLine.info(
                "keys.minimum",
                "🎯 Minimum active keys needed: "
                    + rule.minimum()
                    + " (will test failed keys only if insufficient)")
            .with("minimum", rule.minimum()),
        LogLine.info(
                "keys.found", "🔑 Found " + found + " " + provider + " API keys for user " + user)
            .with("count", found));
  }

  static LogLine perfect(int active, AssignmentSettings rule) {
    return LogLine.info(
            "keys.perfect",
            "✅ PERFECT DISTRIBUTION: " + active + " active >= " + rule.required() + " needed")
        .with("active", active)
        .with("required", rule.required());
  }

  static List<LogLine> sufficient(int active, AssignmentSettings rule) {
    return List.of(
        LogLine.info(
                "keys.sufficient",
                "✅ SUFFICIENT ACTIVE KEYS: %s active >= %s minimum needed"
                    .formatted(active, rule.minimum()))
            .with("active", active)
            .with("minimum", rule.minimum()),
        LogLine.info(
            "keys.untested",
            "🔄 No need to test failed keys - using available active keys with rotation"));
  }

  /** The lines if too few keys are active. If keys are tested now, those of the recovery follow. */
  static List<LogLine> insufficient(
      int active, AssignmentSettings rule, int testing, int unusable) {
    var few =
        LogLine.warn(
                "keys.insufficient",
                "❌ Only %s active keys available (< minimum %s needed)"
                    .formatted(active, rule.minimum()))
            .with("active", active)
            .with("minimum", rule.minimum());
    if (testing > 0) {
      return List.of(few);
    }
    var why =
        switch (unusable) {
          case 0 -> "No rate-limited or failed keys to test in the pool";
          case 1 ->
              "The only rate-limited or failed key was tested within the last minute: not testing it"
                  + " again";
          default ->
              "All "
                  + unusable
                  + " rate-limited and failed keys were tested within the last minute: not testing"
                  + " them again";
        };
    return List.of(few, LogLine.warn("keys.untestable", "⚠️ " + why));
  }

  /** The distribution of operations over seats, and the plan itself. */
  static List<LogLine> plan(Plan plan, int operations, int allOperations, AssignmentSettings rule) {
    int seats = plan.seats().size();
    var lines = new ArrayList<LogLine>();
    lines.add(using(seats, operations));
    if (seats < rule.minimum()) {
      lines.add(
          LogLine.warn(
                  "keys.reuse",
                  "⚠️ Only %s keys available for %s operations, keys will be reused"
                      .formatted(seats, operations))
              .with("available", seats));
    }
    var positions =
        IntStream.rangeClosed(1, allOperations)
            .mapToObj(
                i ->
                    i
                        + "→"
                        + plan.seatOf(i).keyName()
                        + (plan.cyclesBack(i) ? " (cycles back)" : ""))
            .collect(Collectors.joining(" "));
    lines.add(
        LogLine.info("keys.plan", "🗺️ Round-Robin plan: " + positions)
            .with("keys", plan.seats().stream().map(Seat::keyName).toList()));
    return lines;
  }

  private static LogLine using(int seats, int operations) {
    var how =
        seats >= operations ? " operations - each operation uses a different key" : " operations";
    var rotation = seats >= operations ? "" : " with rotation";
    return LogLine.info(
            "keys.rotation",
            "🎯 Using " + seats + " active keys" + rotation + " for " + operations + how)
        .with("active", seats)
        .with("operations", operations);
  }

  static LogLine none(String provider, Instant nextTry) {
    return LogLine.error(
            "keys.none",
            "⏳ No " + provider + " API key can be used now, next try at " + LogLine.time(nextTry))
        .with("next_at", nextTry.toString());
  }

  static LogLine paused(String provider, Instant until, String reason) {
    return LogLine.warn(
            "keys.paused",
            "⏸️ The " + provider + " pool is paused until " + LogLine.time(until) + ": " + reason)
        .with("until", until.toString());
  }

  static String why(String provider, PoolCounts counts) {
    if (counts.all() == 0) {
      return "There are no " + provider + " keys: add some.";
    }
    if (counts.notDisabled() == 0) {
      return counts.disabled() == 1
          ? "The only " + provider + " key is disabled: enable it."
          : "All " + counts.disabled() + " " + provider + " keys are disabled: enable some.";
    }
    if (counts.active() > 0) {
      return (counts.active() == 1
              ? "The only active " + provider + " key cannot serve this run: it was refused in it"
              : "The %s active %s keys cannot serve this run: they were refused in it"
                  .formatted(counts.active(), provider))
          + ", or may not use its model. The run continues when a key is added or passes a test.";
    }
    return "No %s key can be used now: %s rate limited, %s failed, %s disabled."
        .formatted(provider, counts.rateLimited(), counts.failed(), counts.disabled());
  }
}
