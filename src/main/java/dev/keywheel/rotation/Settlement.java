package dev.keywheel.rotation;

import dev.keywheel.assignment.RunKeys;
import dev.keywheel.assignment.RunLost;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseRetry;
import dev.keywheel.db.Tx;
import dev.keywheel.key.ApiKey;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolPause;
import dev.keywheel.key.Seen;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelTrouble;
import dev.keywheel.provider.CallOutcome.RequestFault;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.TooDear;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Applies what came of an attempt, all of it in one transaction: the attempt's outcome, what it
 * used, the key's status, the run's counters, the log lines. Then says what the call does next.
 */
final class Settlement {
  /** The credit named in a refusal wobbles between calls, so that a little less is asked for. */
  private static final double PART_OF_CREDIT = 0.9;

  private final Database database;
  private final KeyPool keys;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final Outages outages;
  private final DatabaseRetry retry;
  private final AttemptRows rows = new AttemptRows();

  Settlement(
      Database database, KeyPool keys, ExecutionLog log, InstantSource clock, DatabaseRetry retry) {
    this.database = database;
    this.keys = keys;
    this.log = log;
    this.clock = clock;
    this.outages = new Outages();
    this.retry = retry;
  }

  /** What the call does next. */
  sealed interface Next {}

  record Done(CallResult result) implements Next {}

  /** The same key with fewer tokens. */
  record Cheaper(int maxTokens) implements Next {}

  /** The same key once more. */
  record Again() implements Next {}

  record Replace() implements Next {}

  /** The key was refused; only a key check can tell whether it is the key. */
  record Confirm() implements Next {}

  Next settle(
      OperationTurn turn, CallSpec spec, SentAttempt attempt, ApiKey key, InFlight.Ended ended) {
    var decided = new AtomicReference<@Nullable Next>();
    try {
      return retry.get(
          () ->
              database.inTx(
                  tx -> {
                    var before = decided.get();
                    if (before != null && committed(tx, turn, attempt)) {
                      return before;
                    }
                    var next = settle(tx, turn, spec, attempt, key, ended);
                    decided.set(next);
                    return next;
                  }));
    } catch (RunLost lost) {
      return new Done(new CallResult.LostRun());
    }
  }

  /**
   * Whether an earlier try was committed after all, though its connection broke before saying so.
   */
  private boolean committed(Tx tx, OperationTurn turn, SentAttempt attempt) {
    return RunKeys.held(tx, turn.run()) && rows.closed(tx, attempt);
  }

  private Next settle(
      Tx tx,
      OperationTurn turn,
      CallSpec spec,
      SentAttempt attempt,
      ApiKey key,
      InFlight.Ended ended) {
    var outcome = ended.outcome();
    var now = clock.instant();
    var run = turn.run();
    var lines = new ArrayList<LogLine>();
    boolean aborted = ended.interrupted() && outcome instanceof TimedOut;
    boolean cancelled = rows.cancelRequested(tx, run);
    if (!rows.close(tx, attempt, AttemptState.of(outcome, aborted, cancelled), outcome, now)) {
      throw new RunLost();
    }
    Next next;
    if (aborted) {
      next = new Done(cancelled ? new CallResult.Cancelled() : new CallResult.Interrupted());
    } else {
      next = apply(tx, turn, spec, attempt, key, outcome, now, lines);
    }
    rows.charge(tx, run, outcome);
    log.append(tx, run.runId(), now, lines);
    return cancelled ? new Done(new CallResult.Cancelled()) : next;
  }

  private Next apply(
      Tx tx,
      OperationTurn turn,
      CallSpec spec,
      SentAttempt attempt,
      ApiKey key,
      CallOutcome outcome,
      Instant now,
      List<LogLine> lines) {
    var run = turn.run();
    lines.add(
        outcome instanceof Answer answer
            ? RotationLines.answered(turn, attempt, answer)
            : RotationLines.error(turn, attempt, outcome));
    var models = ModelClass.of(attempt.model());
    keys.observe(tx, key.id(), outcome, models, now, Seen.run(run.runId()))
        .map(change -> RotationLines.marked(turn, attempt, change))
        .ifPresent(lines::add);
    keys.used(tx, key.id(), outcome instanceof Answer, outcome.usage(), outcome.latencyMs(), now);
    var paused = paused(tx, attempt, key, outcome, now);
    if (paused.isPresent()) {
      lines.add(RotationLines.poolPaused(turn, paused.get()));
      return new Done(new CallResult.NoKey(paused.get().until(), paused.get().reason()));
    }
    return switch (outcome) {
      case Answer answer -> new Done(new CallResult.Answered(answer, attempt));
      case KeyLimited limited ->
          stillUsable(tx, key, models)
              ? new Done(new CallResult.NotKeyRelated(upstream(limited), attempt))
              : new Replace();
      case KeySuspect _ -> new Confirm();
      case KeyMalformed _ -> {
        RunKeys.exclude(tx, run.runId(), key.id());
        yield new Replace();
      }
      case TooDear dear -> cheaper(turn, spec, attempt, dear, lines);
      case ModelTrouble _,
          RequestFault _,
          Transient _,
          TimedOut _,
          Unreachable _,
          AddressBlocked _ ->
          new Done(new CallResult.NotKeyRelated(outcome, attempt));
    };
  }

  /** A limit that turned out not to be the key's, for instance a second bare 429 in a row. */
  private static ModelTrouble upstream(KeyLimited limited) {
    return new ModelTrouble("upstream_limited", null, limited.trace());
  }

  private boolean stillUsable(Tx tx, ApiKey key, ModelClass models) {
    return keys.find(tx, key.pool().workspaceId(), key.id())
        .filter(now -> now.usableFor(models))
        .isPresent();
  }

  /** The pool's pause, when this was one failure too many of those that say nothing of a key. */
  private Optional<PoolPause> paused(
      Tx tx, SentAttempt attempt, ApiKey key, CallOutcome outcome, Instant now) {
    var pool = key.pool();
    outages
        .seen(pool, who(key), attempt.model(), outcome, now)
        .ifPresent(pause -> keys.pause(tx, pool, now.plus(pause.length()), pause.why()));
    return outages.matter(outcome) ? keys.pause(tx, pool) : Optional.empty();
  }

  private static Next cheaper(
      OperationTurn turn, CallSpec spec, SentAttempt attempt, TooDear dear, List<LogLine> lines) {
    int affordable = (int) (dear.affordableTokens() * PART_OF_CREDIT);
    boolean asked = attempt.maxTokens() < spec.maxTokens();
    if (dear.promptTooLong() || asked || affordable < spec.maxTokens() / 2 || affordable == 0) {
      return new Replace();
    }
    lines.add(RotationLines.cheaper(turn, attempt, affordable));
    return new Cheaper(affordable);
  }

  /** Whose limits the key draws on: its account, or itself while that is not known. */
  private static String who(ApiKey key) {
    var account = key.account();
    return account == null ? key.id().toString() : account;
  }

  /** Closes an attempt that was written down and could not be sent. */
  void notSent(SentAttempt attempt) {
    database.runTx(tx -> rows.drop(tx, attempt));
  }
}
