package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.article.view.RunView.SeatView;
import dev.keywheel.log.Level;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogTail;
import dev.keywheel.log.StreamInfo;
import dev.keywheel.log.StreamKind;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunState;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestWheel;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Runs in every state, as the service returns them. */
final class ExampleRuns {
  private static final String PAID_MODEL = "openai/gpt-4o-mini";

  static final String TOPIC = "How to work out a monthly loan payment";
  static final Instant NOW = TestClock.START;
  private static final UUID RUN = new UUID(0x0193_0000_0000_7000L, 0x8000_0000_0000_0001L);

  private ExampleRuns() {}

  static RunView queued(int place) {
    return run(TOPIC, RunState.QUEUED, null, null, place, 0, operations(0, 0), List.of(), null);
  }

  static RunView running() {
    return run(TOPIC, RunState.RUNNING, null, null, 0, 7, operations(3, 3), List.of(), null);
  }

  static RunView waiting() {
    var operations = new ArrayList<>(operations(3, 0));
    operations.set(3, operation(4, OperationState.WAITING_KEY, List.of(), null, List.of(), null));
    return run(
        TOPIC,
        RunState.WAITING_KEYS,
        "No key can be used now.",
        NOW.plusSeconds(212),
        0,
        7,
        operations,
        List.of(),
        null);
  }

  static RunView waitingForModel() {
    var operations = new ArrayList<>(operations(3, 0));
    operations.set(
        3,
        new OperationView(
            4,
            TestWheel.OPERATION_NAMES.get(3),
            OperationState.RUNNING,
            key(4),
            name(4),
            List.of(),
            null,
            false,
            NOW.minusSeconds(20),
            null,
            NOW.plusSeconds(5),
            "Busy",
            List.of()));
    return run(TOPIC, RunState.RUNNING, null, null, 0, 7, operations, List.of(), null);
  }

  static RunView completed() {
    return run(TOPIC, RunState.COMPLETED, null, null, 0, 7, operations(8, 0), List.of(), NOW);
  }

  static RunView withGaps(String topic, int keys) {
    var operations = new ArrayList<>(operations(8, 0));
    operations.set(
        1,
        operation(
            2,
            OperationState.FAILED,
            List.of(),
            "The tool did not pass its checks: the result shows NaN when the rate is 0.",
            List.of(
                attempt(2, 1, "first", "invalid", 200, "cut at 8,000 tokens"),
                attempt(2, 2, "replacement", "http_error", 429, "free_daily"),
                attempt(2, 3, "reask", "ok", 200, null)),
            NOW));
    operations.set(3, operation(4, OperationState.SKIPPED, List.of(), null, List.of(), null));
    operations.set(
        7,
        operation(
            8,
            OperationState.DEGRADED,
            List.of("The provider returned no picture, so a built-in cover is used."),
            null,
            List.of(attempt(8, 1, "first", "http_error", 402, "credits")),
            NOW));
    return run(
        topic,
        RunState.COMPLETED_WITH_GAPS,
        "Two of eight operations gave nothing.",
        null,
        0,
        keys,
        operations,
        List.of("There is no tool and no guide to it.", "The cover is a built-in one."),
        NOW);
  }

  /** A run that was taken over from a worker that was interrupted during two calls. */
  static RunView resumed() {
    var operations = new ArrayList<>(operations(3, 2));
    operations.set(
        4,
        operation(
            5,
            OperationState.RUNNING,
            List.of(),
            null,
            List.of(
                attempt(5, 1, "first", "unknown", null, null),
                attempt(5, 2, "resend", "sent", null, null)),
            null));
    operations.set(
        5,
        operation(
            6,
            OperationState.RUNNING,
            List.of(),
            null,
            List.of(paid(attempt(6, 1, "first", "unknown", null, null))),
            null));
    var resumed = NOW.minusSeconds(12);
    return run(TOPIC, RunState.RUNNING, null, null, 0, 7, operations, List.of(), null, 0, resumed);
  }

  private static AttemptView paid(AttemptView call) {
    return new AttemptView(
        call.id(),
        call.no(),
        call.cause(),
        call.keyId(),
        call.keyName(),
        PAID_MODEL,
        call.state(),
        null,
        null,
        null,
        null,
        null,
        null,
        call.sentAt(),
        call.maxTokens());
  }

  static Optional<ModelInfo> offer(String model) {
    var price = new BigDecimal("0.000002");
    return model.equals(PAID_MODEL)
        ? Optional.of(
            new ModelInfo(model, model, 0, 128_000, Set.of(), Set.of("text"), price, price, null))
        : Optional.empty();
  }

  /** A run only for section 1, in this state. */
  static RunView ofPart(RunState state, @Nullable String gap) {
    var operations =
        new ArrayList<>(
            IntStream.rangeClosed(1, 8)
                .mapToObj(
                    i -> operation(i, OperationState.SKIPPED, List.of(), null, List.of(), null))
                .toList());
    var one = state == RunState.RUNNING ? operations(4, 1).get(4) : operations(5, 0).get(4);
    operations.set(4, one);
    var gaps = gap == null ? List.<String>of() : List.of(gap);
    var ended = state.ended() ? NOW : null;
    return run(TOPIC, state, gap, null, 0, 7, operations, gaps, ended, 5, null);
  }

  static RunView failed() {
    var operations = new ArrayList<>(operations(0, 0));
    operations.set(
        0,
        operation(
            1,
            OperationState.FAILED,
            List.of(),
            "The plan could not be used: fewer than two headings in section 1.",
            List.of(
                attempt(1, 1, "first", "invalid", 200, null),
                attempt(1, 2, "reask", "invalid", 200, null)),
            NOW));
    return run(
        TOPIC,
        RunState.FAILED,
        "The plan of the page could not be made, so nothing else could start.",
        null,
        0,
        7,
        operations,
        List.of(),
        NOW);
  }

  /** A run in which nothing could start after the plan failed. */
  static RunView skipped() {
    var failed = failed();
    var operations = new ArrayList<>(failed.operations());
    for (int i = 2; i <= 8; i++) {
      operations.set(
          i - 1,
          operation(
              i,
              OperationState.SKIPPED,
              List.of(),
              "Skipped because the plan failed.",
              List.of(),
              NOW));
    }
    return run(TOPIC, RunState.FAILED, failed.reason(), null, 0, 7, operations, List.of(), NOW);
  }

  static RunView cancelled() {
    var operations = new ArrayList<>(operations(3, 0));
    for (int i = 4; i <= 8; i++) {
      operations.set(
          i - 1, operation(i, OperationState.CANCELLED, List.of(), null, List.of(), null));
    }
    return run(TOPIC, RunState.CANCELLED, null, null, 0, 7, operations, List.of(), NOW);
  }

  private static RunView run(
      String topic,
      RunState state,
      @Nullable String reason,
      @Nullable Instant waitUntil,
      int place,
      int keys,
      List<OperationView> operations,
      List<String> gaps,
      @Nullable Instant ended) {
    return run(topic, state, reason, waitUntil, place, keys, operations, gaps, ended, 0, null);
  }

  private static RunView run(
      String topic,
      RunState state,
      @Nullable String reason,
      @Nullable Instant waitUntil,
      int place,
      int keys,
      List<OperationView> operations,
      List<String> gaps,
      @Nullable Instant ended,
      int only,
      @Nullable Instant resumedAt) {
    var seats =
        IntStream.rangeClosed(1, keys).mapToObj(i -> new SeatView(i, key(i), name(i))).toList();
    return new RunView(
        RUN,
        318,
        RUN,
        topic,
        "sandbox",
        RunMode.PARALLEL,
        state,
        reason,
        waitUntil,
        place,
        seats,
        operations,
        gaps,
        true,
        "ada@example.org",
        NOW.minusSeconds(64),
        state == RunState.QUEUED ? null : NOW.minusSeconds(62),
        ended,
        (int) operations.stream().mapToLong(o -> o.attempts().size()).sum(),
        23_456,
        new BigDecimal("0.00312"),
        only,
        null,
        resumedAt == null ? null : NOW.minusSeconds(20), // it was retried before
        resumedAt);
  }

  /**
   * Operations of which the first {@code done} are done, the next {@code working} are in progress,
   * and the others wait.
   */
  private static List<OperationView> operations(int done, int working) {
    return IntStream.rangeClosed(1, 8)
        .mapToObj(
            i ->
                i <= done
                    ? operation(
                        i,
                        OperationState.SUCCEEDED,
                        List.of(),
                        null,
                        List.of(attempt(i, 1, "first", "ok", 200, null)),
                        NOW.minusSeconds(50 - i * 4L))
                    : i <= done + working
                        ? operation(
                            i,
                            OperationState.RUNNING,
                            List.of(),
                            null,
                            List.of(attempt(i, 1, "first", "sent", null, null)),
                            null)
                        : operation(i, OperationState.PENDING, List.of(), null, List.of(), null))
        .toList();
  }

  private static OperationView operation(
      int ordinal,
      OperationState state,
      List<String> warnings,
      @Nullable String error,
      List<AttemptView> attempts,
      @Nullable Instant ended) {
    return new OperationView(
        ordinal,
        TestWheel.OPERATION_NAMES.get(ordinal - 1),
        state,
        key(ordinal),
        name((ordinal - 1) % 7 + 1),
        warnings,
        error,
        false,
        attempts.isEmpty() ? null : NOW.minusSeconds(60 - ordinal * 4L),
        ended,
        null,
        null,
        attempts);
  }

  private static AttemptView attempt(
      int ordinal,
      int no,
      String cause,
      String state,
      @Nullable Integer status,
      @Nullable String outcome) {
    var answered = !state.equals("sent");
    return new AttemptView(
        ordinal * 10L + no,
        no,
        AttemptCause.of(cause),
        key(ordinal),
        name((ordinal - 1) % 7 + 1),
        "z-ai/glm-4.5-air:free",
        AttemptState.of(state),
        status,
        outcome,
        answered ? 812 : null,
        answered ? 1_904 : null,
        answered ? new BigDecimal("0.0004") : null,
        answered ? 4_212 : null,
        NOW.minusSeconds(60 - ordinal * 4L),
        4_096);
  }

  static LogTail log(boolean live) {
    var messages =
        List.of(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 12 OpenRouter API keys for user ada@example.org",
            "✅ PERFECT DISTRIBUTION: 9 active >= 7 needed",
            "🎯 Using 7 active keys for 7 operations - each operation uses a different key",
            "🔄 Rotating to key: key1@gmail.com (operation 1/7)",
            "🔄 Executing Meta & Toc Generator with key: key1@gmail.com (Round-Robin #1)",
            "⚠️ Error in Tool Generator with key key2@gmail.com: 429 daily free limit");
    var lines =
        IntStream.range(0, messages.size())
            .mapToObj(
                i ->
                    new LogEntry(
                        RUN,
                        i + 1L,
                        NOW.minusSeconds(60 - i),
                        i == 7 ? Level.WARN : Level.INFO,
                        "code",
                        messages.get(i),
                        i < 5 ? null : i < 7 ? 1 : 2))
            .toList();
    return new LogTail(
        new StreamInfo(RUN, StreamKind.RUN, 318, live), lines, lines.size(), false, false);
  }

  private static UUID key(int i) {
    return new UUID(0x0193_0000_0000_7000L, 0x9000_0000_0000_0000L + i);
  }

  private static String name(int i) {
    return i == 4
        ? "a-rather-long-mailbox-name.for-the-wheel@subdomain.example.com"
        : "key" + i + "@gmail.com";
  }

  /** {@link #failed} with an automatic retry in five minutes. */
  static RunView retriedLater() {
    var run = failed();
    return new RunView(
        run.id(),
        run.number(),
        run.articleId(),
        run.topic(),
        run.provider(),
        run.mode(),
        run.state(),
        run.reason(),
        run.waitUntil(),
        run.placeInQueue(),
        run.seats(),
        run.operations(),
        run.gaps(),
        run.demo(),
        run.startedBy(),
        run.createdAt(),
        run.startedAt(),
        run.endedAt(),
        run.calls(),
        run.tokens(),
        run.cost(),
        run.only(),
        NOW.plusSeconds(300),
        run.retriedAt(),
        run.resumedAt());
  }
}
