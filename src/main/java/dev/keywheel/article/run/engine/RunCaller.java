package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Caller;
import dev.keywheel.article.operation.conversation.ModelFailure;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationLogMessages;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.Provider;
import dev.keywheel.rotation.CallContext;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * An operation's access to the pool, its run's budget and its log. Calls that an earlier worker
 * made and that were answered are not repeated, and their log lines are not written again.
 */
final class RunCaller implements Caller {
  private final CallExecutor calls;
  private final CallContext context;
  private final Operation operation;
  private final RunRecorder recorder;
  private final OperationModels models;
  private final InstantSource clock;
  private final Provider provider;
  private final StoredAnswers answers;
  private final BooleanSupplier stopped;
  private final OperationLogMessages messages;
  private final List<LogLine> heldLines = new ArrayList<>();
  private boolean replaying;
  private boolean cutOff;

  /**
   * The state that an earlier worker left.
   *
   * @param cutOff whether a call was cut off, with an unknown outcome
   */
  record ResumedState(StoredAnswers answers, boolean cutOff) {}

  RunCaller(
      CallExecutor calls,
      CallContext context,
      Operation operation,
      RunRecorder recorder,
      OperationModels models,
      InstantSource clock,
      Provider provider,
      ResumedState resumed,
      BooleanSupplier stopped) {
    this.calls = calls;
    this.context = context;
    this.operation = operation;
    this.recorder = recorder;
    this.models = models;
    this.clock = clock;
    this.provider = provider;
    this.answers = resumed.answers();
    this.replaying = answers.expected();
    this.cutOff = resumed.cutOff();
    this.stopped = stopped;
    this.messages = new OperationLogMessages(operation);
  }

  @Override
  public CallResult call(CallSpec spec) {
    var stored = answers.answer(spec, provider);
    if (stored.isPresent()) {
      heldLines.clear();
      recorder.log(List.of(messages.reused(stored.get().attempt())));
      return stored.get();
    }
    end();
    var next = cutOff ? spec.resent() : spec;
    cutOff = false;
    return calls.call(context, next);
  }

  /** Ends the replay of stored answers and writes the log lines that were held back. */
  void end() {
    replaying = false;
    if (!heldLines.isEmpty()) {
      recorder.log(List.copyOf(heldLines));
      heldLines.clear();
    }
  }

  @Override
  public boolean stopped() {
    return stopped.getAsBoolean();
  }

  /** Empty while stored answers remain: they are used even if the run has reached a limit. */
  @Override
  public Optional<String> reachedRunLimit() {
    return answers.expected() ? Optional.empty() : recorder.reachedLimit(operation);
  }

  @Override
  public void markUnusable(Attempt attempt) {
    recorder.markUnusable(attempt);
  }

  @Override
  public void log(List<LogLine> lines) {
    if (replaying) {
      heldLines.addAll(lines);
    } else {
      recorder.log(lines);
    }
  }

  @Override
  public void recordFailure(String model, ModelFailure failure) {
    models.recordFailure(model, failure);
  }

  @Override
  public void recordAvailable(String model) {
    models.recordAvailable(model);
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public Duration timeLeft() {
    return Duration.between(now(), context.deadline());
  }

  @Override
  public Optional<Halt> await(Duration wait) {
    return calls.await(context, wait);
  }

  @Override
  public Optional<Halt> waitForModel(Duration wait, String why) {
    recorder.recordModelWait(operation, now().plus(wait), why);
    return await(wait);
  }
}
