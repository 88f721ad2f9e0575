package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.log.LogLine;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Log lines about a run as a whole. */
final class RunLogMessages {
  private static final BigDecimal MIN_SHOWN = new BigDecimal("0.0001");

  private RunLogMessages() {}

  static LogLine created(String topic, boolean demo) {
    return LogLine.info(
        "run.created", "📝 Run created: \"" + topic + "\"" + (demo ? " (demo content)" : ""));
  }

  static LogLine taken(Run run, boolean first) {
    return first
        ? LogLine.info(
                "run.started", "🚀 Run started: \"" + RunInputs.of(run).wishes().topic() + "\"")
            .with("mode", run.mode().code())
        : LogLine.info("run.resumed", "▶️ Run resumed");
  }

  static LogLine unknown(int attempts) {
    return LogLine.warn(
        "attempt.unknown",
        "❔ %s %s in flight when the run was interrupted: outcome unknown, may be billed"
            .formatted(attempts, attempts == 1 ? "call was" : "calls were"));
  }

  static LogLine paused(Instant until, String why) {
    return LogLine.warn(
            "run.paused", "⏸️ Run waits for keys, next try at " + LogLine.time(until) + ": " + why)
        .with("until", until.toString());
  }

  static LogLine waitsForModel(Operation operation, Instant until, String why) {
    return LogLine.warn(
            "model.wait",
            "⏳ %s waits for the model, next try at %s: %s"
                .formatted(operation.label(), LogLine.time(until), why))
        .withOperation(operation.number())
        .with("next_at", until.toString());
  }

  static LogLine cancelled(int finished, int operations) {
    return LogLine.warn(
        "run.cancelled",
        "🛑 Run cancelled: %s of %s operations were finished and are kept"
            .formatted(finished, operations));
  }

  static LogLine gaveUp(String why) {
    return LogLine.error("run.failed", "❌ Run failed: no key became usable in time. " + why);
  }

  static LogLine retriedAt(Instant at) {
    return LogLine.info(
            "run.retry_at", "🔁 Failed operations are retried automatically at " + LogLine.time(at))
        .with("at", at.toString());
  }

  static LogLine retryPostponed() {
    return LogLine.info(
        "run.retry_postponed",
        "🕓 %s runs are queued; the automatic retry is tried again every minute"
            .formatted(RunLimits.MAX_QUEUED));
  }

  static LogLine retryCancelled(String by) {
    return LogLine.info("run.retry_cancelled", "🛑 Automatic retry cancelled by " + by);
  }

  static LogLine retried(List<String> names) {
    return LogLine.info("run.retried", "🔁 Retry: " + String.join(", ", names));
  }

  /**
   * Results, duration and cost of a run, for its last log line.
   *
   * @param took duration; for a retried run, since its last retry
   */
  record Totals(
      int delivered,
      int operations,
      int keys,
      int replacements,
      Duration took,
      boolean retried,
      BigDecimal cost) {}

  static LogLine ended(RunState state, Totals totals, List<String> gaps) {
    var summary =
        totals.delivered()
            + " of "
            + totals.operations()
            + " operations, "
            + count(totals.keys(), "key")
            + ", "
            + count(totals.replacements(), "replacement")
            + ", "
            + totals.took().toSeconds()
            + (totals.retried() ? " s after the retry, " : " s, ")
            + dollars(totals.cost());
    return switch (state) {
      case COMPLETED -> LogLine.info("run.completed", "🏁 Run completed: " + summary);
      case COMPLETED_WITH_GAPS ->
          LogLine.warn(
              "run.gaps", "🏁 Run completed with gaps: " + summary + ". " + String.join(" ", gaps));
      case FAILED, CANCELLED, QUEUED, PLANNING, RUNNING, WAITING_KEYS, CANCELLING ->
          LogLine.error("run.failed", "❌ Run failed: " + summary + ". " + String.join(" ", gaps));
    };
  }

  static LogLine assembled(int words, int score) {
    return LogLine.info(
            "article.assembled", "📄 Article assembled: " + words + " words, score " + score)
        .with("words", words)
        .with("score", score);
  }

  /** Formats a cost with four decimals, or as less than $0.0001. */
  private static String dollars(BigDecimal cost) {
    return cost.signum() > 0 && cost.compareTo(MIN_SHOWN) < 0
        ? "< $" + MIN_SHOWN.toPlainString()
        : "$" + cost.setScale(MIN_SHOWN.scale(), RoundingMode.HALF_UP).toPlainString();
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}
