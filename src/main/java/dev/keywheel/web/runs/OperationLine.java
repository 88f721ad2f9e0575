package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.run.OperationState;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One of the eight operations.
 *
 * @param skipped whether it was not started because of another operation or the run
 * @param keyName the key last assigned or planned; empty before the plan
 * @param duration from its start to its end or to now; empty before its start
 * @param attemptCount in words; empty before the first call
 * @param waiting the reason and end of a wait; empty if it does not wait
 * @param error the reason for a failure; empty if it did not fail
 */
public record OperationLine(
    int ordinal,
    String name,
    String word,
    Severity tone,
    boolean working,
    boolean skipped,
    String keyName,
    String keyHref,
    String model,
    String duration,
    String tokens,
    String attemptCount,
    List<String> warnings,
    String waiting,
    String error,
    List<AttemptLine> attempts) {

  static OperationLine of(
      String runPath,
      OperationView operation,
      Instant now,
      Function<String, Optional<ModelInfo>> offers) {
    var attempts = operation.attempts();
    return new OperationLine(
        operation.ordinal(),
        operation.name(),
        word(operation),
        States.tone(operation.state()),
        States.tone(operation.state()) == Severity.INFO,
        operation.state() == OperationState.SKIPPED,
        text(operation.keyName()),
        operation.keyId() == null ? "" : "/keys/" + operation.keyId(),
        text(operation.model()),
        duration(operation, now),
        tokens(attempts),
        attempts.isEmpty() ? "" : NumberFormats.counted(attempts.size(), "attempt", "attempts"),
        operation.warnings(),
        waiting(operation),
        text(operation.error()),
        attempts.stream().map(attempt -> AttemptLine.of(runPath, attempt, offers)).toList());
  }

  /** Omits a reason that the previous operation already shows. */
  OperationLine after(@Nullable OperationLine before) {
    return before == null || !before.error.equals(error) || !skipped || !before.skipped
        ? this
        : new OperationLine(
            ordinal,
            name,
            word,
            tone,
            working,
            skipped,
            keyName,
            keyHref,
            model,
            duration,
            tokens,
            attemptCount,
            warnings,
            waiting,
            "",
            attempts);
  }

  /** A degraded but complete part is not a gap. */
  private static String word(OperationView operation) {
    return operation.state() == OperationState.DEGRADED && !operation.gap()
        ? "Done with a note"
        : operation.state().label();
  }

  private static String waiting(OperationView operation) {
    var until = operation.waitUntil();
    return until == null || operation.state() != OperationState.RUNNING
        ? ""
        : "Waiting for the model, next try at "
            + TimeText.clock(until)
            + " UTC. "
            + text(operation.waitReason())
            + ".";
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }

  private static String duration(OperationView operation, Instant now) {
    var started = operation.startedAt();
    if (started == null) {
      return "";
    }
    var ended = operation.endedAt() == null ? now : operation.endedAt();
    return TimeText.duration(Duration.between(started, ended));
  }

  private static String tokens(List<AttemptView> attempts) {
    long sum =
        attempts.stream()
            .flatMap(a -> java.util.stream.Stream.of(a.promptTokens(), a.completionTokens()))
            .filter(Objects::nonNull)
            .mapToLong(Integer::longValue)
            .sum();
    return sum == 0 ? "" : NumberFormats.counted(sum, "token", "tokens");
  }
}
