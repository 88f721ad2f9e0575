package dev.keywheel.rotation;

import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunFencedException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Checks a key that was refused during a run; only the check decides whether the key is bad. A key
 * that passes is tried once more, unless the model may be the cause. A key that passes but is still
 * refused is skipped for a while. If this happens to keys of several accounts, the keys are not the
 * cause: the pool pauses, or the operation uses the next model.
 */
final class KeyConfirmation {
  private final RetryingDatabase database;
  private final KeyPool keys;
  private final Recovery recovery;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final KeyJudge judge;
  private final AttemptRepository rows = new AttemptRepository();

  KeyConfirmation(
      RetryingDatabase database,
      KeyPool keys,
      Recovery recovery,
      KeyJudge judge,
      ExecutionLog log,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.recovery = recovery;
    this.judge = judge;
    this.log = log;
    this.clock = clock;
  }

  /** Decides the next step after a refusal. Blocks for at most two key checks. */
  CallStep confirm(CallContext turn, Attempt attempt, KeySuspect suspect) {
    boolean first = turn.firstRefusal(attempt.keyId(), suspect.modelSuspected());
    try {
      var outcome = first ? check(turn, attempt.keyId()) : null;
      var step = database.inTx(tx -> apply(tx, turn, attempt, suspect, outcome));
      return step instanceof CallStep.ReplaceKey ? replaced(turn, attempt, suspect, outcome) : step;
    } catch (RunFencedException lost) {
      return new Halt.Fenced();
    }
  }

  private TestOutcome check(CallContext turn, UUID key) {
    var run = turn.run();
    try {
      // A check costs nothing, so a retry of the database call may repeat it.
      var actor = Actor.run(run.runId());
      var result =
          database.repeat(
              () ->
                  recovery.confirm(run.pool(), key, actor, refused -> judgeRefusal(turn, refused)));
      var outcome = Objects.requireNonNullElse(result.outcome(), TestOutcome.UNKNOWN);
      if (outcome == TestOutcome.ACTIVE) {
        accepted(run);
      }
      return outcome;
    } catch (NotFound deleted) {
      return TestOutcome.CANCELLED;
    }
  }

  /** Whether the refusal is evidence against the key. If every key is refused, pauses the pool. */
  private boolean judgeRefusal(CallContext turn, ApiKey key) {
    var now = clock.instant();
    var decision = judge.refusedByCheck(key, now);
    decision.pause().ifPresent(length -> pause(turn, now.plus(length), now));
    return decision.believed();
  }

  private void pause(CallContext turn, Instant until, Instant now) {
    var pool = turn.run().pool();
    database.runTx(
        tx -> {
          var line = RotationLogMessages.poolPaused(turn, judge.pauseRefused(tx, pool, until));
          log.append(tx, turn.run().runId(), now, List.of(line));
        });
    judge.paused(pool, now);
  }

  /** Reports that a key was accepted, by a call or by its check. */
  void accepted(RunFence run) {
    recovery.accepted(run.pool());
  }

  /**
   * @param outcome null if the key was refused again and therefore not checked
   */
  private CallStep apply(
      Tx tx, CallContext turn, Attempt attempt, KeySuspect suspect, @Nullable TestOutcome outcome) {
    var run = turn.run();
    if (rows.cancelRequested(tx, run)) {
      return new Halt.Cancelled();
    }
    if (outcome == TestOutcome.FAILED) {
      RunExclusions.exclude(tx, run.runId(), attempt.keyId());
    }
    log.append(
        tx, run.runId(), clock.instant(), List.of(line(tx, turn, attempt, suspect, outcome)));
    return outcome == TestOutcome.ACTIVE && !suspect.modelSuspected()
        ? new CallStep.SameKey(attempt.maxTokens())
        : new CallStep.ReplaceKey();
  }

  private CallStep replaced(
      CallContext turn, Attempt attempt, KeySuspect suspect, @Nullable TestOutcome outcome) {
    return switch (outcome) {
      case null -> notBad(turn, attempt, suspect);
      case ACTIVE -> notBad(turn, attempt, suspect);
      case UNKNOWN -> unchecked(turn, attempt, suspect);
      case FAILED, RATE_LIMITED, CANCELLED -> new CallStep.ReplaceKey();
    };
  }

  /**
   * The key could not be checked. If the model may be the cause and other calls of the pool are
   * answered, the refusal is no evidence of an outage and is treated as if the key had passed.
   */
  private CallStep unchecked(CallContext turn, Attempt attempt, KeySuspect suspect) {
    return judge.isOfModel(turn.run().pool(), suspect, clock.instant())
        ? notBad(turn, attempt, suspect)
        : count(turn, attempt, RefusedCalls.unchecked(suspect));
  }

  /** Counts the refusal of a key not known to be bad; another key or the next model is used. */
  private CallStep notBad(CallContext turn, Attempt attempt, KeySuspect suspect) {
    var step = count(turn, attempt, RefusedCalls.passed(suspect));
    if (!suspect.modelSuspected() || step instanceof Halt) {
      return step;
    }
    var failure = new ModelError(ModelErrorKind.FORBIDDEN, null, suspect.trace());
    var failed = new CallResult.Failed(failure, attempt);
    return turn.forbidden(attempt.keyId(), failed) ? failed : step;
  }

  /** Counts a refusal of a key that is not known to be bad, unless the pool is paused already. */
  private CallStep count(CallContext turn, Attempt attempt, RefusedCalls.Refusal refusal) {
    turn.refused(refusal.why());
    var pool = turn.run().pool();
    var now = clock.instant();
    var key = database.inTx(tx -> keys.find(tx, pool.workspaceId(), attempt.keyId()));
    if (key.isEmpty() || keys.status().findPause(pool).isPresent()) {
      return new CallStep.ReplaceKey();
    }
    return judge
        .countRefused(key.get(), attempt.model(), refusal, now)
        .<CallStep>map(pause -> paused(turn, pause, now))
        .orElseGet(CallStep.ReplaceKey::new);
  }

  private Halt paused(CallContext turn, PoolPause pause, Instant now) {
    var pool = turn.run().pool();
    database.runTx(
        tx -> {
          keys.status().pausePool(tx, pool, pause);
          var line = RotationLogMessages.poolPaused(turn, pause);
          log.append(tx, turn.run().runId(), clock.instant(), List.of(line));
        });
    judge.paused(pool, now);
    return new Halt.NoKey(pause.until(), pause.reason());
  }

  private LogLine line(
      Tx tx, CallContext turn, Attempt attempt, KeySuspect suspect, @Nullable TestOutcome outcome) {
    if (outcome == null) {
      return RotationLogMessages.refusedThoughGood(turn, attempt, "refused again");
    }
    return switch (outcome) {
      case ACTIVE ->
          suspect.modelSuspected()
              ? RotationLogMessages.refusedThoughGood(
                  turn, attempt, "refused for " + attempt.model())
              : RotationLogMessages.confirmed(turn, attempt);
      case FAILED -> RotationLogMessages.marked(turn, attempt, "failed", null);
      case RATE_LIMITED ->
          RotationLogMessages.marked(turn, attempt, "rate_limited", until(tx, turn, attempt));
      case UNKNOWN ->
          RotationLogMessages.passedOver(turn, attempt, "refused, and could not be checked");
      case CANCELLED ->
          RotationLogMessages.passedOver(turn, attempt, "disabled or deleted since then");
    };
  }

  private @Nullable Instant until(Tx tx, CallContext turn, Attempt attempt) {
    return keys.find(tx, turn.run().pool().workspaceId(), attempt.keyId())
        .map(ApiKey::until)
        .orElse(null);
  }
}
