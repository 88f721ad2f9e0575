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
import dev.keywheel.recovery.store.Trigger;
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
  CallStep confirm(CallContext context, Attempt attempt, KeySuspect suspect) {
    boolean first = context.addRefusal(attempt.keyId(), suspect.modelSuspected());
    try {
      var outcome = first ? check(context, attempt.keyId()) : null;
      var step = database.inTx(tx -> apply(tx, context, attempt, suspect, outcome));
      return step instanceof CallStep.ReplaceKey
          ? replace(context, attempt, suspect, outcome)
          : step;
    } catch (RunFencedException lost) {
      return new Halt.Fenced();
    }
  }

  private TestOutcome check(CallContext context, UUID key) {
    var run = context.run();
    try {
      // A check costs nothing, so a retry of the database call may repeat it.
      var actor = Actor.run(run.runId());
      var result =
          database.repeat(
              () ->
                  recovery.confirm(
                      run.pool(),
                      key,
                      Trigger.REFUSED_KEY,
                      actor,
                      refused -> judgeRefusal(context, refused)));
      var outcome = Objects.requireNonNullElse(result.outcome(), TestOutcome.UNKNOWN);
      if (outcome == TestOutcome.ACTIVE) {
        recordAccepted(run);
      }
      return outcome;
    } catch (NotFound deleted) {
      return TestOutcome.CANCELLED;
    }
  }

  /** Whether the refusal is evidence against the key. If every key is refused, pauses the pool. */
  private boolean judgeRefusal(CallContext context, ApiKey key) {
    var now = clock.instant();
    var decision = judge.refusedByCheck(key, now);
    decision.pause().ifPresent(length -> pause(context, now.plus(length), now));
    return decision.countsAgainstKey();
  }

  private void pause(CallContext context, Instant until, Instant now) {
    judge.pauseRefused(
        database,
        context.run().pool(),
        until,
        now,
        (tx, pause) -> {
          var line = RotationLogMessages.poolPaused(context, pause);
          log.append(tx, context.run().runId(), now, List.of(line));
        });
  }

  /** Reports that a key was accepted, by a call or by its check. */
  void recordAccepted(RunFence run) {
    recovery.recordAccepted(run.pool());
  }

  /**
   * @param outcome null if the key was refused again and therefore not checked
   */
  private CallStep apply(
      Tx tx,
      CallContext context,
      Attempt attempt,
      KeySuspect suspect,
      @Nullable TestOutcome outcome) {
    var run = context.run();
    if (rows.cancelRequested(tx, run)) {
      return new Halt.Cancelled();
    }
    if (outcome == TestOutcome.FAILED) {
      RunExclusions.exclude(tx, run.runId(), attempt.keyId());
    }
    log.append(
        tx, run.runId(), clock.instant(), List.of(line(tx, context, attempt, suspect, outcome)));
    return outcome == TestOutcome.ACTIVE && !suspect.modelSuspected()
        ? new CallStep.SameKey(attempt.maxTokens())
        : new CallStep.ReplaceKey();
  }

  private CallStep replace(
      CallContext context, Attempt attempt, KeySuspect suspect, @Nullable TestOutcome outcome) {
    return switch (outcome) {
      case null -> countNotBad(context, attempt, suspect);
      case ACTIVE -> countNotBad(context, attempt, suspect);
      case UNKNOWN -> countUnchecked(context, attempt, suspect);
      case FAILED, RATE_LIMITED, CANCELLED -> new CallStep.ReplaceKey();
    };
  }

  /**
   * The key could not be checked. If the model may be the cause and other calls of the pool are
   * answered, the refusal is no evidence of an outage and is treated as if the key had passed.
   */
  private CallStep countUnchecked(CallContext context, Attempt attempt, KeySuspect suspect) {
    return judge.isOfModel(context.run().pool(), suspect, clock.instant())
        ? countNotBad(context, attempt, suspect)
        : count(context, attempt, RefusedCalls.unchecked(suspect));
  }

  /** Counts the refusal of a key not known to be bad; another key or the next model is used. */
  private CallStep countNotBad(CallContext context, Attempt attempt, KeySuspect suspect) {
    var step = count(context, attempt, RefusedCalls.passed(suspect));
    if (!suspect.modelSuspected() || step instanceof Halt) {
      return step;
    }
    var failure = new ModelError(ModelErrorKind.FORBIDDEN, null, suspect.metadata());
    var failed = new CallResult.Failed(failure, attempt);
    return context.addForbidden(attempt.keyId(), failed) ? failed : step;
  }

  /** Counts a refusal of a key that is not known to be bad, unless the pool is paused already. */
  private CallStep count(CallContext context, Attempt attempt, RefusedCalls.Refusal refusal) {
    context.recordRefusal(refusal.why());
    var pool = context.run().pool();
    var now = clock.instant();
    var key = database.inTx(tx -> keys.find(tx, pool.workspaceId(), attempt.keyId()));
    if (key.isEmpty() || keys.status().findPause(pool).isPresent()) {
      return new CallStep.ReplaceKey();
    }
    return judge
        .countRefused(key.get(), attempt.model(), refusal, now)
        .<CallStep>map(pause -> storePause(context, pause, now))
        .orElseGet(CallStep.ReplaceKey::new);
  }

  private Halt storePause(CallContext context, PoolPause pause, Instant now) {
    var pool = context.run().pool();
    database.runTx(
        tx -> {
          keys.status().pausePool(tx, pool, pause);
          var line = RotationLogMessages.poolPaused(context, pause);
          log.append(tx, context.run().runId(), clock.instant(), List.of(line));
        });
    judge.trackPause(pool, now);
    return new Halt.NoKey(pause.until(), pause.reason());
  }

  private LogLine line(
      Tx tx,
      CallContext context,
      Attempt attempt,
      KeySuspect suspect,
      @Nullable TestOutcome outcome) {
    if (outcome == null) {
      return RotationLogMessages.refusedThoughGood(context, attempt, "refused again");
    }
    return switch (outcome) {
      case ACTIVE ->
          suspect.modelSuspected()
              ? RotationLogMessages.refusedThoughGood(
                  context, attempt, "refused for " + attempt.model())
              : RotationLogMessages.confirmed(context, attempt);
      case FAILED -> RotationLogMessages.marked(context, attempt, "failed", null);
      case RATE_LIMITED ->
          RotationLogMessages.marked(context, attempt, "rate_limited", until(tx, context, attempt));
      case UNKNOWN ->
          RotationLogMessages.passedOver(context, attempt, "refused, and could not be checked");
      case CANCELLED ->
          RotationLogMessages.passedOver(context, attempt, "disabled or deleted since then");
    };
  }

  private @Nullable Instant until(Tx tx, CallContext context, Attempt attempt) {
    return keys.find(tx, context.run().pool().workspaceId(), attempt.keyId())
        .map(ApiKey::until)
        .orElse(null);
  }
}
