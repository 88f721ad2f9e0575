package dev.keywheel.article.operation.conversation;

import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Attempt;
import java.util.List;

/** The lines that an operation writes about its own steps. */
final class OperationLogMessages {
  private final Operation operation;

  OperationLogMessages(Operation operation) {
    this.operation = operation;
  }

  List<LogLine> cut(int blocksMissing, int tokens) {
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
    var count = errors.size() == 1 ? "1 error" : errors.size() + " errors";
    return of(LogLine.warn("op.invalid", "⚠️ " + operation.label() + ": " + count + ": " + shown))
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

  /** {@code otherKey}: the key is changed with the model. */
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

  private LogLine of(LogLine line) {
    return line.of(operation.number());
  }
}
