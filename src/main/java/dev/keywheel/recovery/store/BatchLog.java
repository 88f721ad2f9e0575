package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.log.Level;
import dev.keywheel.log.LogLine;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The log lines of a batch. Their wording is fixed, because other programs parse some of them. */
public final class BatchLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  private BatchLog() {}

  public static List<LogLine> started(Collection<KeyToTest> keys) {
    long limited = keys.stream().filter(k -> k.from() == KeyStatus.RATE_LIMITED).count();
    long failed = keys.stream().filter(k -> k.from() == KeyStatus.FAILED).count();
    return started(limited, failed, keys.size() - limited - failed);
  }

  public static List<LogLine> started(long limited, long failed, long active) {
    var parts = limited + " rate_limited + " + failed + " failed";
    var all = active == 0 ? parts : parts + " + " + active + " active";
    long n = limited + failed + active;
    return List.of(
        LogLine.info(
            "keys.batch.asked",
            "🔄 Testing rate-limited and failed keys in BATCH PARALLEL to increase active pool..."),
        LogLine.info("keys.batch.started", "🧪 BATCH TESTING: " + n + " keys (" + all + ")")
            .with("total", n)
            .with("rate_limited", limited)
            .with("failed", failed),
        LogLine.info("keys.batch.launched", "⚡ Starting parallel testing of " + n + " keys..."));
  }

  /** Keys of another caller were added to the batch. */
  public static LogLine joined(int keys, String who) {
    return LogLine.info(
        "keys.batch.joined",
        "➕ " + keys + (keys == 1 ? " key" : " keys") + " added at the request of " + who);
  }

  public static LogLine recovered(KeyTestResult result) {
    return line(
        result,
        Level.INFO,
        "keys.recovered",
        "✅ Key recovered: " + result.keyName() + " - now ACTIVE");
  }

  public static LogLine ended(KeyTestResult result) {
    var name = result.keyName();
    var because = result.reason() == null ? "" : " (" + result.sentence() + ")";
    return switch (Objects.requireNonNull(result.outcome())) {
      case ACTIVE ->
          result.recovered()
              ? recovered(result)
              : line(result, Level.INFO, "keys.still_active", "✅ Key still active: " + name);
      case RATE_LIMITED ->
          line(
              result,
              Level.WARN,
              "keys.still_limited",
              "⏳ " + key(result, KeyStatus.RATE_LIMITED) + "rate limited: " + name + because);
      case FAILED ->
          line(
              result,
              Level.WARN,
              "keys.still_failed",
              "❌ " + key(result, KeyStatus.FAILED) + "failed: " + name + because);
      case UNKNOWN ->
          line(result, Level.WARN, "keys.unknown", "❔ Key could not be tested: " + name + because);
      case CANCELLED ->
          line(result, Level.INFO, "keys.not_tested", "⏹ Key not tested: " + name + because);
    };
  }

  private static String key(KeyTestResult result, KeyStatus now) {
    return result.from() == now ? "Key still " : "Key ";
  }

  /** The log line of a deep test, which is a paid call. */
  public static LogLine deep(KeyTestResult result, String model) {
    return line(
        result,
        Level.INFO,
        "keys.deep_test",
        "🔬 Deep test: " + result.keyName() + " was sent a minimal request for " + model);
  }

  public static LogLine completed(BatchCounts batchCounts) {
    return counted(
        LogLine.info("keys.batch.completed", "🔄 BATCH TESTING COMPLETED: " + counts(batchCounts)),
        batchCounts);
  }

  public static LogLine cancelled(BatchCounts batchCounts, String who) {
    return counted(
        LogLine.warn(
            "keys.batch.cancelled",
            "⏹ BATCH TESTING CANCELLED by " + who + ": " + counts(batchCounts)),
        batchCounts);
  }

  public static LogLine inconclusive(BatchCounts batchCounts, String reason, Instant nextTry) {
    return counted(
        LogLine.warn(
            "keys.batch.inconclusive",
            "⚠️ BATCH TESTING INCONCLUSIVE: %s. No key was marked, next try at %s"
                .formatted(reason, TIME.format(nextTry))),
        batchCounts);
  }

  /** The wait of a caller timed out; the batch continues. */
  public static LogLine waitTimedOut(BatchCounts batchCounts, Duration waited) {
    int missing = batchCounts.total() - batchCounts.tested() - batchCounts.cancelled();
    return LogLine.warn(
        "keys.batch.waited",
        "⌛ %s of %s keys had no answer after %s s, continuing without them"
            .formatted(missing, batchCounts.total(), waited.toSeconds()));
  }

  private static String counts(BatchCounts batchCounts) {
    var parts = new ArrayList<String>();
    parts.add(batchCounts.recovered() + " recovered");
    parts.add(batchCounts.stillLimited() + " still rate_limited");
    parts.add(batchCounts.stillFailed() + " still failed");
    if (batchCounts.stillActive() > 0) {
      parts.add(batchCounts.stillActive() + " still active");
    }
    if (batchCounts.unknown() > 0) {
      parts.add(batchCounts.unknown() + " could not be tested");
    }
    if (batchCounts.cancelled() > 0) {
      parts.add(batchCounts.cancelled() + " not tested");
    }
    return String.join(", ", parts);
  }

  private static LogLine counted(LogLine line, BatchCounts batchCounts) {
    return line.with("recovered", batchCounts.recovered())
        .with("rate_limited", batchCounts.stillLimited())
        .with("failed", batchCounts.stillFailed())
        .with("unknown", batchCounts.unknown());
  }

  private static LogLine line(KeyTestResult result, Level level, String code, String message) {
    Map<String, Object> data =
        result.latencyMs() == null
            ? Map.of("from", result.from().code())
            : Map.of("from", result.from().code(), "ms", result.latencyMs());
    return new LogLine(code, level, message, null, result.keyId(), data);
  }
}
