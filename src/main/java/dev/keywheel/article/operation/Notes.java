package dev.keywheel.article.operation;

import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.SentAttempt;
import java.util.List;

/** The lines that an operation writes about its own steps. */
final class Notes {
  private final Step step;

  Notes(Step step) {
    this.step = step;
  }

  List<LogLine> cut(int blocksMissing, int tokens) {
    var missing =
        blocksMissing > 0
            ? " with " + blocksMissing + (blocksMissing == 1 ? " block" : " blocks") + " to write"
            : "";
    return List.of(
        of(LogLine.warn(
                "op.truncated",
                "✂️ " + step.label() + " cut at " + tokens + " tokens, continuing" + missing))
            .with("tokens", tokens));
  }

  LogLine invalid(List<String> errors) {
    var shown = String.join(" ", errors.subList(0, Math.min(3, errors.size())));
    var count = errors.size() == 1 ? "1 error" : errors.size() + " errors";
    return of(LogLine.warn("op.invalid", "⚠️ " + step.label() + ": " + count + ": " + shown))
        .with("errors", errors);
  }

  LogLine reask() {
    return of(LogLine.info("op.reask", "🔁 " + step.label() + ": asking once more"));
  }

  LogLine otherKey(String model, String why) {
    return of(
        LogLine.info(
                "model.other_key", "🔁 Model " + model + " " + why + ", trying it with another key")
            .with("model", model));
  }

  /** {@code otherKey}: the key is changed with the model. */
  LogLine fallback(String from, String why, String to, SentAttempt attempt, boolean otherKey) {
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
    return line.of(step.number());
  }
}
