package dev.keywheel.article.operation.conversation;

import dev.keywheel.log.LogLine;
import dev.keywheel.run.Attempt;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The lines that an operation writes to the execution log. */
public final class OperationLogMessages {
  private static final Pattern PERIOD = Pattern.compile("\\.$");

  private final Operation operation;

  public OperationLogMessages(Operation operation) {
    this.operation = operation;
  }

  /**
   * @param errors number of errors; one for each missing block of a text
   */
  List<LogLine> cut(int errors, int tokens) {
    int blocksMissing = operation.role() == ModelRole.WRITER ? errors : 0;
    var missing =
        blocksMissing > 0
            ? " with " + blocksMissing + (blocksMissing == 1 ? " block" : " blocks") + " to write"
            : "";
    return List.of(
        of(LogLine.warn(
                "op.truncated",
                "✂️ " + operation.label() + " cut at " + tokens + " tokens, continuing" + missing))
            .with("tokens", tokens));
  }

  LogLine invalid(List<String> errors) {
    var shown = String.join(" ", errors.subList(0, Math.min(3, errors.size())));
    return of(LogLine.warn(
            "op.invalid",
            "⚠️ " + operation.label() + ": " + count(errors.size(), "error") + ": " + shown))
        .with("errors", errors);
  }

  LogLine reask() {
    return of(LogLine.info("op.reask", "🔁 " + operation.label() + ": asking once more"));
  }

  LogLine otherKey(String model, String why) {
    return of(
        LogLine.info(
                "model.other_key", "🔁 Model " + model + " " + why + ", trying it with another key")
            .with("model", model));
  }

  /**
   * @param otherKey whether the key changes together with the model
   */
  LogLine fallback(String from, String why, String to, Attempt attempt, boolean otherKey) {
    return of(LogLine.info(
            "model.fallback",
            "🔀 Model "
                + from
                + " "
                + why
                + ", trying "
                + to
                + (otherKey ? " with another key" : " (key " + attempt.keyName() + " kept)")))
        .about(attempt.keyId())
        .with("from", from)
        .with("to", to);
  }

  /**
   * @param attempt null when no model was called
   */
  public LogLine succeeded(@Nullable Attempt attempt) {
    return of(
        LogLine.info(
            "op.succeeded",
            "✅ "
                + operation.label()
                + " completed successfully"
                + (attempt == null ? "" : " - key " + attempt.keyName() + " marked as active")));
  }

  public LogLine degraded(OperationError error, String detail) {
    if (error == OperationError.LOCAL_COVER) {
      var line = " failed, local cover used (" + clause(detail) + ")";
      return of(LogLine.warn("op.degraded", "🖼️ " + operation.label() + line));
    }
    var flaw =
        error == OperationError.GAP ? " completed with a gap: " : " completed with errors left: ";
    return of(LogLine.warn("op.degraded", "⚠️ " + operation.label() + flaw + error.text(detail)));
  }

  public LogLine skipped(String text) {
    return of(LogLine.info("op.skipped", "⏭️ " + operation.label() + " skipped: " + text));
  }

  public LogLine failed(String text) {
    return of(LogLine.error("op.failed", "❌ " + operation.label() + " failed: " + text));
  }

  public LogLine kept() {
    return of(
        LogLine.info(
            "op.kept", "📌 " + operation.label() + ": a user's version is locked and was kept"));
  }

  public LogLine discarded(String part) {
    return of(
        LogLine.warn(
            "op.kept",
            "📌 " + part + ": a user has locked it since then; the new version was discarded"));
  }

  public LogLine budgetWarning(int used, int allowed) {
    return of(LogLine.warn("budget.warning", "💰 " + used + " of " + allowed + " calls used"));
  }

  public LogLine reused(Attempt attempt) {
    return of(LogLine.info(
            "call.reused",
            "♻️ %s: the stored answer of call %s (key %s) is used, nothing is sent again"
                .formatted(operation.label(), attempt.no(), attempt.keyName())))
        .about(attempt.keyId());
  }

  public LogLine toolChecked(int errors, int warnings, String browser) {
    return of(
        LogLine.info(
            "tool.checked",
            "🧪 Tool checked: %s, %s, %s"
                .formatted(count(errors, "error"), count(warnings, "warning"), browser)));
  }

  public LogLine toolAccepted(String source) {
    return of(LogLine.info("tool.accepted", "🛠️ Tool accepted: " + source + "'s version"));
  }

  public LogLine toolRejected(String errors) {
    return of(LogLine.error("tool.rejected", "🛠️ Tool rejected: " + errors));
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  /** Turns a sentence into a clause: removes the full stop and lowercases the first letter. */
  private static String clause(String sentence) {
    var text = PERIOD.matcher(sentence).replaceFirst("");
    return text.isEmpty()
        ? "no reason given"
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private LogLine of(LogLine line) {
    return line.withOperation(operation.number());
  }
}
