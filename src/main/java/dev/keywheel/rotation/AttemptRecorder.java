package dev.keywheel.rotation;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.CallFailure;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunFencedException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies the outcome of an attempt in one transaction: the attempt's outcome and usage, the key's
 * status, the run's counters, the log lines. Returns the next step of the call.
 */
final class AttemptRecorder {
  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final KeyJudge judge;
  private final AttemptRepository rows = new AttemptRepository();

  AttemptRecorder(
      Database database, KeyPool keys, KeyJudge judge, ExecutionLog log, InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.log = log;
    this.clock = clock;
    this.judge = judge;
  }

  /** How the call continues after an attempt; for {@link ConfirmKey}, a key check decides. */
  sealed interface SettleResult permits CallStep, ConfirmKey {}

  /** The key was refused; a key check decides whether the key is bad. */
  record ConfirmKey(KeySuspect suspect) implements SettleResult {}

  SettleResult settle(
      CallContext context, CallSpec spec, Attempt attempt, ApiKey key, InFlightCalls.Ended ended) {
    try {
      var next = database.inTx(tx -> settle(tx, context, spec, attempt, key, ended));
      if (aborted(ended)) {
        return next;
      }
      compareWithOthers(context, attempt, key, ended.outcome());
      return afterOutage(context, attempt, key, ended.outcome(), next);
    } catch (RunFencedException lost) {
      return new Halt.Fenced();
    }
  }

  private static boolean aborted(InFlightCalls.Ended ended) {
    return ended.interrupted() && ended.outcome() instanceof TimedOut;
  }

  /** Sets the key aside for the model when the model answers other keys but not this one. */
  private void compareWithOthers(
      CallContext context, Attempt attempt, ApiKey key, CallOutcome outcome) {
    var now = clock.instant();
    judge
        .compareWithOthers(key, attempt.model(), outcome, now)
        .ifPresent(reason -> database.runTx(tx -> exclude(tx, context, attempt, key, reason, now)));
  }

  private void exclude(
      Tx tx, CallContext context, Attempt attempt, ApiKey key, String reason, Instant now) {
    judge
        .exclude(tx, key, attempt.model(), reason, now)
        .map(until -> RotationLogMessages.excluded(context, attempt, until, reason))
        .ifPresent(line -> log.append(tx, context.run().runId(), now, List.of(line)));
  }

  /** Counts the outcome once, after it was committed, and pauses the pool in an outage. */
  private SettleResult afterOutage(
      CallContext context, Attempt attempt, ApiKey key, CallOutcome outcome, SettleResult next) {
    var pool = key.pool();
    var now = clock.instant();
    var due = judge.countOutage(key, attempt.model(), outcome, now);
    if (!judge.isPartOfOutage(outcome)) {
      return next;
    }
    SettleResult settled =
        database.inTx(
            tx -> {
              due.ifPresent(pause -> keys.status().pausePool(tx, pool, pause));
              return keys.status()
                  .findPause(tx, pool)
                  .filter(_ -> !(next instanceof Halt.Cancelled))
                  .map(p -> logPause(tx, context, p))
                  .orElse(next);
            });
    due.ifPresent(_ -> judge.trackPause(pool, now));
    return settled;
  }

  private SettleResult logPause(Tx tx, CallContext context, PoolPause pause) {
    var line = RotationLogMessages.poolPaused(context, pause);
    log.append(tx, context.run().runId(), clock.instant(), List.of(line));
    return new Halt.NoKey(pause.until(), pause.reason());
  }

  private SettleResult settle(
      Tx tx,
      CallContext context,
      CallSpec spec,
      Attempt attempt,
      ApiKey key,
      InFlightCalls.Ended ended) {
    var outcome = ended.outcome();
    var now = clock.instant();
    var run = context.run();
    var lines = new ArrayList<LogLine>();
    boolean aborted = aborted(ended);
    boolean cancelled = rows.cancelRequested(tx, run);
    SettleResult next;
    if (aborted) {
      next = cancelled ? new Halt.Cancelled() : new Halt.Interrupted();
    } else {
      next = apply(tx, context, spec, attempt, key, outcome, now, lines);
    }
    rows.charge(tx, run, outcome);
    if (!rows.close(
        tx,
        attempt,
        AttemptState.of(outcome, aborted, cancelled),
        outcome,
        OutcomeText.code(outcome),
        now)) {
      throw new RunFencedException();
    }
    log.append(tx, run.runId(), now, lines);
    return cancelled ? new Halt.Cancelled() : next;
  }

  private SettleResult apply(
      Tx tx,
      CallContext context,
      CallSpec spec,
      Attempt attempt,
      ApiKey key,
      CallOutcome outcome,
      Instant now,
      List<LogLine> lines) {
    var run = context.run();
    lines.add(
        outcome instanceof Answer answer
            ? RotationLogMessages.answered(context, attempt, answer)
            : RotationLogMessages.error(context, attempt, outcome));
    var models = ModelClass.of(attempt.model());
    judge
        .record(tx, key, attempt.model(), outcome, now, Actor.run(run.runId()))
        .map(change -> RotationLogMessages.marked(context, attempt, change))
        .ifPresent(lines::add);
    keys.updater()
        .recordUse(
            tx, key.id(), outcome instanceof Answer, outcome.usage(), outcome.latencyMs(), now);
    boolean ofKey = outcome instanceof KeyRefusal || outcome instanceof InsufficientCredit;
    if (ofKey && judge.secretReplaced(tx, key)) {
      // the secret was replaced during the call: the call is repeated with the new secret
      return new CallStep.SameKey(attempt.maxTokens());
    }
    return switch (outcome) {
      case Answer answer -> new CallResult.Answered(answer, attempt);
      case KeyLimited limited -> {
        if (judge.stillUsable(tx, key, models)) {
          context.clearLimited();
          yield new CallResult.Failed(upstream(limited), attempt);
        }
        context.addLimited(key.id());
        yield new CallStep.ReplaceKey();
      }
      case KeySuspect suspect -> new ConfirmKey(suspect);
      case KeyMalformed _ -> {
        RunExclusions.exclude(tx, run.runId(), key.id());
        yield new CallStep.ReplaceKey();
      }
      case InsufficientCredit credit -> insufficientCredit(context, spec, attempt, credit, lines);
      case ModelError error when error.kind() == ModelErrorKind.ACCOUNT_POLICY -> {
        var failed = new CallResult.Failed(error, attempt);
        yield context.addRefusedAccount(key.id(), failed) ? failed : new CallStep.ReplaceKey();
      }
      case CallFailure failure -> new CallResult.Failed(failure, attempt);
    };
  }

  /** The error for a limit that is not the key's, such as a second unattributed 429 in a row. */
  private static ModelError upstream(KeyLimited limited) {
    return new ModelError(ModelErrorKind.UPSTREAM_LIMITED, null, limited.metadata());
  }

  /** Tries fewer tokens with the same key, then other keys; then the model is too expensive. */
  private static CallStep insufficientCredit(
      CallContext context,
      CallSpec spec,
      Attempt attempt,
      InsufficientCredit credit,
      List<LogLine> lines) {
    var tokens = spec.affordable(attempt.maxTokens(), credit);
    if (tokens.isPresent()) {
      lines.add(RotationLogMessages.fewerTokens(context, attempt, tokens.getAsInt()));
      return new CallStep.SameKey(tokens.getAsInt());
    }
    var result = new CallResult.Failed(credit, attempt);
    return context.addCannotPay(attempt.keyId(), result) ? result : new CallStep.ReplaceKey();
  }

  /** Closes an attempt whose key could not be decrypted, and excludes the key from the run. */
  void closeUnreadable(CallContext context, Attempt attempt) {
    database.runTx(
        tx -> {
          rows.drop(tx, attempt, OutcomeText.NOT_SENT);
          RunExclusions.exclude(tx, context.run().runId(), attempt.keyId());
          var line =
              RotationLogMessages.passedOver(context, attempt, "its secret cannot be decrypted");
          log.append(tx, context.run().runId(), clock.instant(), List.of(line));
        });
  }

  void dropUnsent(Attempt attempt) {
    database.runTx(tx -> rows.drop(tx, attempt, OutcomeText.NOT_SENT));
  }
}
