package dev.keywheel.article.run.engine;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.engine.OperationResult.Failed;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.RunRepository;
import dev.keywheel.support.TestWheel;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RunRecorderTest {
  @AutoClose private final TestWheel t = new TestWheel();

  @Test
  void a_fenced_worker_marks_no_answer_as_unusable() {
    t.pool.add(1);
    var fence = t.run();
    var attempt = answered(fence);
    var run =
        t.pool.database.read(dsl -> new RunRepository().find(dsl, fence.runId())).orElseThrow();
    var recorder = new RunRecorder(t.pool.database, t.log, t.pool.ids, t.pool.clock, run);
    t.pool.database.runTx(
        tx -> tx.dsl().update(RUNS).set(RUNS.FENCE, RUNS.FENCE.plus(1)).execute());

    assertThatThrownBy(() -> recorder.markUnusable(attempt)).isInstanceOf(RunFencedException.class);

    assertThat(t.attempts(fence)).containsExactly("1.1 first key1 ok null");
  }

  @Test
  void a_text_of_a_tool_with_a_nul_character_is_stored_without_it() {
    var fence = t.run();
    var run =
        t.pool.database.read(dsl -> new RunRepository().find(dsl, fence.runId())).orElseThrow();
    var recorder = new RunRecorder(t.pool.database, t.log, t.pool.ids, t.pool.clock, run);

    recorder.end(Operation.TOOL, new Failed(OperationError.GAP, "The script fails: a\0b"));

    var flaws = t.pool.database.read(dsl -> new OperationRepository().flaws(dsl, run.id()));
    assertThat(flaws)
        .singleElement()
        .satisfies(flaw -> assertThat(flaw.text()).endsWith("The script fails: ab"));
  }

  private Attempt answered(RunFence run) {
    var seat = t.plan(run).seatOf(1);
    return t.pool.database.inTx(
        tx -> {
          var attempt =
              new AttemptRepository()
                  .insert(
                      tx,
                      run.runId(),
                      1,
                      AttemptCause.FIRST,
                      "test/model:free",
                      "hash",
                      100,
                      seat,
                      t.pool.clock.instant());
          tx.dsl().update(ATTEMPTS).set(ATTEMPTS.STATE, "ok").execute();
          return attempt;
        });
  }
}
