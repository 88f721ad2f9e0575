package dev.keywheel.article.run;

import dev.keywheel.article.operation.Caller;
import dev.keywheel.article.operation.Step;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.OperationTurn;
import dev.keywheel.rotation.PooledCall;
import dev.keywheel.rotation.SentAttempt;
import java.util.List;
import java.util.Optional;

/** One operation's way to the pool: its turn, its run's budget, its lines. */
final class RunCaller implements Caller {
  private final PooledCall calls;
  private final OperationTurn turn;
  private final Step step;
  private final RunJournal journal;
  private final Unavailable unavailable;

  RunCaller(
      PooledCall calls,
      OperationTurn turn,
      Step step,
      RunJournal journal,
      Unavailable unavailable) {
    this.calls = calls;
    this.turn = turn;
    this.step = step;
    this.journal = journal;
    this.unavailable = unavailable;
  }

  @Override
  public CallResult call(CallSpec spec) {
    return calls.call(turn, spec);
  }

  @Override
  public Optional<String> runExhausted() {
    return journal.exhausted(step);
  }

  @Override
  public void invalid(SentAttempt attempt) {
    journal.invalid(attempt);
  }

  @Override
  public void note(List<LogLine> lines) {
    journal.note(lines);
  }

  @Override
  public void unavailable(String model) {
    unavailable.note(model);
  }
}
