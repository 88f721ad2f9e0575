package dev.keywheel.web.runs;

import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.run.OperationState;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
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
 * @param attemptCount number of calls in words; empty before the first call
 * @param waiting the reason and end of a wait; empty if it does not wait
 * @param error why it failed or was skipped; empty if the previous operation shows the same reason
 * @param bar its bar on the run's time axis
 * @param retryable whether it failed in a run that has ended
 * @param partPath address of the page that regenerates its part; empty unless it ended with a gap
 */
public record OperationLine(
    int ordinal,
    String name,
    String label,
    Severity tone,
    boolean working,
    boolean skipped,
    String keyName,
    String keyHref,
    String duration,
    String tokens,
    String attemptCount,
    List<String> warnings,
    String waiting,
    String error,
    List<AttemptLine> attempts,
    Timeline.Bar bar,
    boolean retryable,
    String partPath) {

  static OperationLine of(
      RunView run,
      int index,
      Timeline timeline,
      Instant now,
      Function<String, Optional<ModelInfo>> offers) {
    var operation = run.operations().get(index);
    boolean repeats = index > 0 && repeats(operation, run.operations().get(index - 1));
    var runPath = RunRoutes.path(run.id());
    var attempts = operation.attempts();
    return new OperationLine(
        operation.ordinal(),
        operation.name(),
        label(operation),
        StateSeverity.of(operation.state()),
        StateSeverity.of(operation.state()) == Severity.INFO,
        operation.state() == OperationState.SKIPPED,
        text(operation.keyName()),
        operation.keyId() == null ? "" : "/keys/" + operation.keyId(),
        duration(operation, now),
        tokens(attempts),
        attempts.isEmpty() ? "" : NumberFormats.counted(attempts.size(), "attempt", "attempts"),
        operation.warnings(),
        waiting(operation, now),
        repeats ? "" : text(operation.error()),
        attempts.stream().map(attempt -> AttemptLine.of(runPath, attempt, offers)).toList(),
        timeline.bars().get(operation.ordinal() - 1),
        run.state().ended() && operation.state() == OperationState.FAILED,
        partPath(run, operation));
  }

  /** Whether the previous operation was skipped for the same reason. */
  private static boolean repeats(OperationView operation, OperationView before) {
    return operation.state() == OperationState.SKIPPED
        && before.state() == OperationState.SKIPPED
        && text(operation.error()).equals(text(before.error()));
  }

  /** Address of the page that regenerates a delivered part with a gap; a retry skips this part. */
  private static String partPath(RunView run, OperationView operation) {
    return run.state().ended() && operation.gap() && operation.state().delivered()
        ? "/articles/%s/parts/%s"
            .formatted(run.articleId(), PartName.ofOperation(operation.ordinal()).code())
        : "";
  }

  /** A degraded but complete part is not a gap. */
  private static String label(OperationView operation) {
    return operation.state() == OperationState.DEGRADED && !operation.gap()
        ? "Done with a note"
        : operation.state().label();
  }

  private static String waiting(OperationView operation, Instant now) {
    var until = operation.waitUntil();
    return until == null || operation.state() != OperationState.RUNNING
        ? ""
        : "Waiting for the model. %s %s."
            .formatted(RunProgress.nextTry(until, now), text(operation.waitReason()));
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
    return DurationText.of(Duration.between(started, ended));
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
