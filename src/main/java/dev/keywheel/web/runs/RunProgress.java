package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.run.RunState;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The polled part of a run's page, except the log.
 *
 * @param stopping whether the responding node is shutting down
 * @param pause the pool's pause while the run waits for its end; otherwise null
 */
public record RunProgress(
    RunView run,
    List<OperationLine> operations,
    Timeline timeline,
    SeatRing ring,
    Instant now,
    boolean stopping,
    @Nullable PoolPause pause) {
  private static final int LONGEST_TAB = 60;

  /**
   * @param offers looks up a model in the provider's catalogue
   */
  static RunProgress of(
      RunView run,
      Instant now,
      boolean stopping,
      @Nullable PoolPause pause,
      Function<String, Optional<ModelInfo>> offers) {
    var timeline = Timeline.of(run, now);
    var all =
        IntStream.range(0, run.operations().size())
            .mapToObj(i -> OperationLine.of(run, i, timeline, now, offers))
            .toList();
    var wanted = all.stream().filter(o -> run.only() == 0 || o.ordinal() == run.only()).toList();
    return new RunProgress(run, wanted, timeline, SeatRing.of(run, all), now, stopping, pause);
  }

  public String path() {
    return RunRoutes.path(run.id());
  }

  public Severity tone() {
    return StateSeverity.of(run.state());
  }

  public boolean live() {
    return !run.state().ended();
  }

  /** Whether the page polls: during the run, and until its planned automatic retry. */
  public boolean polls() {
    return live() || run.retryAt() != null;
  }

  public boolean working() {
    return tone() == Severity.INFO;
  }

  /** A version that changes with the page, and every second while the run is in progress. */
  public String version() {
    return Htmx.version(List.of(run, stopping, pause != null, live() ? now.getEpochSecond() : 0));
  }

  /** The title of the tab: a sign for the state, often with the progress, and the topic. */
  public String tabTitle() {
    var count = run.done() + "/" + run.operationsInScope().size();
    var sign =
        switch (run.state()) {
          case QUEUED, PLANNING -> "…";
          case RUNNING, CANCELLING -> "▶ " + count;
          case WAITING_KEYS -> "‖ " + count;
          case COMPLETED -> "✓";
          case COMPLETED_WITH_GAPS -> "⚠ " + count;
          case FAILED -> "✗";
          case CANCELLED -> "■ " + count;
        };
    var topic = run.topic();
    int end =
        topic.offsetByCodePoints(0, Math.min(LONGEST_TAB, topic.codePointCount(0, topic.length())));
    return sign + " " + topic.substring(0, end) + (end < topic.length() ? "…" : "");
  }

  /** Explains the state and what happens next; empty if the label is enough. */
  public String sentence() {
    return switch (run.state()) {
      case QUEUED ->
          switch (run.placeInQueue()) {
            case 0 -> "Starts now.";
            case 1 -> "Starts as soon as a run ends.";
            default -> "Number " + run.placeInQueue() + " in the queue. Starts automatically.";
          };
      case PLANNING -> "Assigning keys.";
      case RUNNING ->
          part().isEmpty()
              ? "%s of %s operations done.%s"
                  .formatted(run.done(), run.operationsInScope().size(), waitsForModels())
              : part() + " is running.";
      case WAITING_KEYS -> waiting();
      case CANCELLING -> "Stopping the calls in progress. Finished operations are kept.";
      case COMPLETED -> part().isEmpty() ? "All eight operations done." : part() + " is done.";
      case COMPLETED_WITH_GAPS ->
          gaps(
              part().isEmpty()
                  ? "The article is ready, but incomplete:"
                  : part() + " is done, but incomplete:");
      case FAILED ->
          gaps(
              part().isEmpty()
                  ? "Too few operations succeeded for an article:"
                  : "Nothing new was written; the previous text is kept:");
      case CANCELLED ->
          Objects.requireNonNullElse(run.reason(), "The run was cancelled.")
              + " Finished operations are kept.";
    };
  }

  /** Explains that the node is stopping or the run was resumed; empty otherwise. */
  public String interruption() {
    if (!live()) {
      return "";
    }
    if (stopping) {
      return "This node is stopping. Calls in flight are finished first; the run continues when it"
          + " starts again, or on another node.";
    }
    var resumed = run.resumedAt();
    return resumed == null
        ? ""
        : ("Resumed %s, at %s, after its worker stopped. Finished operations and all stored"
                + " answers are kept.")
            .formatted(TimeText.relative(resumed, now), TimeText.clockWithZone(resumed));
  }

  /** The operation of a single-part run; empty for a run for the whole article. */
  public String part() {
    return run.only() == 0 ? "" : run.operations().get(run.only() - 1).name();
  }

  /** The introduction to the list of gaps; for a run without gaps, the reason why it ended. */
  private String gaps(String introduction) {
    return run.gaps().isEmpty()
        ? Objects.requireNonNullElse(run.reason(), "It cannot continue automatically.")
        : introduction;
  }

  private String waitsForModels() {
    long waiting = operations.stream().filter(o -> !o.waiting().isEmpty()).count();
    return waiting == 0
        ? ""
        : " " + NumberFormats.counted(waiting, "waits for its model.", "wait for their models.");
  }

  private String waiting() {
    var until = run.waitUntil();
    var reason =
        pause == null
            ? Objects.requireNonNullElse(run.reason(), "No key can be used now.")
            : pause.sentence();
    if (until == null) {
      return reason;
    }
    return reason + (reason.endsWith(".") ? " " : ". ") + nextTry(until, now) + " Nothing is lost.";
  }

  static String nextTry(Instant at, Instant now) {
    return at.isBefore(now.plusSeconds(1))
        ? "The next try is due now."
        : "Next try " + TimeText.relative(at, now) + ", at " + TimeText.clockWithZone(at) + ".";
  }

  /** Elapsed or total time since the start, or since the retry; empty before the start. */
  public String duration() {
    var retried = run.retriedAt();
    var started = retried == null ? run.startedAt() : retried;
    if (started == null) {
      return "";
    }
    var ended = run.endedAt() == null ? now : run.endedAt();
    var duration = DurationText.of(Duration.between(started, ended));
    return retried == null
        ? duration
        : duration + (run.endedAt() == null ? " since the retry" : " after the retry");
  }

  public String calls() {
    return NumberFormats.grouped(run.calls());
  }

  public String tokens() {
    return NumberFormats.grouped(run.tokens());
  }

  public String cost() {
    return NumberFormats.dollars(run.cost());
  }

  /** Number of different keys used so far. */
  public long keysUsed() {
    return run.operations().stream()
        .flatMap(o -> o.attempts().stream())
        .map(RunView.AttemptView::keyId)
        .distinct()
        .count();
  }

  /** Whether the article is already readable. */
  public boolean hasArticle() {
    return run.only() != 0 || run.operations().getFirst().state().delivered();
  }

  /** Whether adding or enabling keys would help. */
  public boolean needsKeys() {
    return run.state() == RunState.WAITING_KEYS && pause == null;
  }

  /** Whether the run waits for a failing provider, even if keys are active. */
  public boolean waitsForProvider() {
    return run.state() == RunState.WAITING_KEYS && pause != null;
  }
}
