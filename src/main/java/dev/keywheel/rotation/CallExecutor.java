package dev.keywheel.rotation;

import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.job.Stopping;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes one provider call through the pool. An operation uses the key of its seat; when that key
 * cannot be used, or the provider refuses it, the next key in rotation replaces it. Refused keys
 * are replaced here; of the operation's limits, they count only against {@link
 * CallContext#MAX_CALLS}. Any other failure is returned: the operation decides whether to change
 * the model, repeat, continue or back off.
 *
 * <p>An attempt is committed before it is sent; its outcome, cost, key status and log lines are
 * committed in one transaction afterwards.
 */
public final class CallExecutor {
  /** Longest wait for a busy key; most answers arrive within this time. */
  public static final Duration KEY_WAIT = Duration.ofSeconds(15);

  /** Minimum time between two calls; limits their rate if a provider refuses them immediately. */
  static final Duration BETWEEN_CALLS = Duration.ofMillis(250);

  /**
   * How long storing an answer is retried: longer than other writes, since the answer was paid for.
   */
  private static final Duration STORE_ANSWER_WITHIN = Duration.ofMinutes(5);

  /** Maximum time by which writing the log line may delay a stop. */
  private static final Duration STOP_LOGGED_WITHIN = Duration.ofSeconds(2);

  private final RetryingDatabase database;
  private final InstantSource clock;
  private final Delayer delayer;
  private final AttemptDispatcher attemptDispatcher;
  private final AttemptSender attemptSender;
  private final InFlightCalls inFlightCalls = new InFlightCalls();
  private final KeyConcurrencyLimiter keyConcurrencyLimiter;
  private final KeyJudge judge;
  private final ExecutionLog log;
  private final Stopping stopping;
  private final AttemptRepository rows = new AttemptRepository();

  /**
   * @param stopping once a shutdown has begun, {@link #call} sends nothing and returns a {@link
   *     Halt}
   * @param keyWait longest wait for a busy key, {@link #KEY_WAIT} except in tests; afterwards the
   *     call is sent in parallel
   */
  public CallExecutor(
      RetryingDatabase database,
      KeyPool keys,
      Assignments assignments,
      Recovery recovery,
      Providers providers,
      ExecutionLog log,
      InstantSource clock,
      Stopping stopping,
      Delayer delayer,
      Duration keyWait) {
    this.database = database;
    this.clock = clock;
    this.log = log;
    this.stopping = stopping;
    this.delayer = delayer;
    this.judge = new KeyJudge(keys, recovery.refusals());
    this.keyConcurrencyLimiter = new KeyConcurrencyLimiter(keyWait);
    this.attemptDispatcher = new AttemptDispatcher(database, keys, assignments, log, clock);
    this.attemptSender =
        new AttemptSender(
            database,
            keys,
            providers,
            clock,
            attemptDispatcher,
            new AttemptRecorder(database.within(STORE_ANSWER_WITHIN), keys, judge, log, clock),
            new KeyConfirmation(database, keys, recovery, judge, log, clock));
  }

  /** The judge of keys that all callers of providers on this node share. */
  public KeyJudge judge() {
    return judge;
  }

  /**
   * Begins or resumes an operation. The key of the last attempt is held again, unless it was
   * refused. Of the other keys used since {@code since}, those refused for every call are not
   * assigned again, and the rest only if there is no other key.
   *
   * @param operations number of the run's operations that the log counts, 7 for an article
   * @param since start of the operation, or the end of its last wait
   * @param deadline the deadline of the operation; no call is sent after it
   */
  public CallContext open(
      RunFence run,
      Plan plan,
      int ordinal,
      String name,
      int operations,
      Instant since,
      Instant deadline) {
    var counted = clock.instant().minus(CallContext.COUNTED_FOR);
    int calls = database.read(dsl -> rows.countAttempts(dsl, run.runId(), ordinal, counted));
    var context = new CallContext(run, plan, ordinal, name, operations, deadline, calls);
    var earlier = database.read(dsl -> rows.earlier(dsl, run.runId(), ordinal, since));
    context.resume(earlier);
    return context;
  }

  /** Blocks until there is a result. No transaction may be open in the calling thread. */
  public CallResult call(CallContext context, CallSpec spec) {
    context.beginCall();
    if (spec.otherKey()) {
      context.giveUpKey();
    }
    var attemptCause = spec.cause();
    int maxTokens = spec.maxTokens();
    while (true) {
      switch (attemptOnce(context, spec, attemptCause, maxTokens)) {
        case CallResult result -> {
          return result;
        }
        case CallStep.SameKey(int tokens) -> {
          maxTokens = tokens;
          attemptCause = AttemptCause.RETRY;
        }
        case CallStep.KeyChosen(_, var replaced) ->
            attemptCause =
                replaced && attemptCause == AttemptCause.FIRST
                    ? AttemptCause.REPLACEMENT
                    : attemptCause;
        case CallStep.ReplaceKey _ -> {
          context.excludeHeldKey();
          maxTokens = spec.maxTokens();
          attemptCause = AttemptCause.REPLACEMENT;
        }
      }
    }
  }

  /** Waits before another call of the operation; empty when the wait is over. */
  public Optional<Halt> await(CallContext context, Duration wait) {
    try (var slot = inFlightCalls.open(context.run().runId())) {
      var halted = attemptDispatcher.halted(context);
      if (halted.isPresent()) {
        return halted;
      }
      boolean over = slot.await(() -> sleep(wait)).isPresent();
      return over ? Optional.empty() : Optional.of(attemptDispatcher.interrupted(context));
    }
  }

  private boolean sleep(Duration wait) throws InterruptedException {
    delayer.sleep(wait);
    return true;
  }

  /**
   * Aborts the calls of a run on this node. They end as {@link Halt.Cancelled} if the run's
   * cancellation was committed before, otherwise as {@link Halt.Interrupted}. In the latter case,
   * the outcome of calls in flight is unknown.
   */
  public void abort(UUID runId) {
    inFlightCalls.abort(runId);
  }

  /**
   * Stops this node: waiting calls are interrupted, calls in flight may finish.
   *
   * @return number of calls in flight, by the id of the run
   */
  public Map<UUID, Integer> stop() {
    return inFlightCalls.stop();
  }

  /** Logs in each run how many of its calls, given by run id, are still being finished. */
  public void logFinishing(Map<UUID, Integer> calls) {
    calls.forEach(
        (runId, count) -> {
          var line = List.of(RotationLogMessages.stopping(count));
          database
              .within(STOP_LOGGED_WITHIN)
              .runTx(tx -> log.append(tx, runId, clock.instant(), line));
        });
  }

  /** Aborts the calls still in flight; their outcome is unknown. */
  public void abortAll() {
    inFlightCalls.abortAll();
  }

  /** Makes one attempt after waiting for the interval between calls and for the key. */
  private CallStep attemptOnce(
      CallContext context, CallSpec spec, AttemptCause attemptCause, int maxTokens) {
    if (stopping.begun()) {
      return attemptDispatcher.interrupted(context);
    }
    if (!clock.instant().isBefore(context.deadline())) {
      return new CallResult.OutOfTime();
    }
    if (context.calls() >= CallContext.MAX_CALLS) {
      return new CallResult.OutOfCalls(context.calls());
    }
    try (var slot = inFlightCalls.open(context.run().runId())) {
      if (slot.await(() -> awaitSpacing(context)).isEmpty()) {
        return attemptDispatcher.interrupted(context);
      }
      var next = context.nextSeat();
      return next.isEmpty()
          ? attempt(context, spec, attemptCause, maxTokens, slot)
          : withPermit(context, spec, attemptCause, maxTokens, slot, next.get().keyId());
    }
  }

  private boolean awaitSpacing(CallContext context) throws InterruptedException {
    var since = Duration.between(context.lastCall(), clock.instant());
    if (context.lastCall().isAfter(Instant.MIN) && since.compareTo(BETWEEN_CALLS) < 0) {
      // the clock may have been set back since the last call
      return sleep(since.isNegative() ? BETWEEN_CALLS : BETWEEN_CALLS.minus(since));
    }
    return true;
  }

  private CallStep withPermit(
      CallContext context,
      CallSpec spec,
      AttemptCause attemptCause,
      int maxTokens,
      InFlightCalls.Slot slot,
      UUID key) {
    var models = ModelClass.of(spec.model());
    var permitted = keyConcurrencyLimiter.acquire(slot, key, models);
    if (permitted.isEmpty()) {
      return attemptDispatcher.interrupted(context);
    }
    try {
      return attempt(context, spec, attemptCause, maxTokens, slot);
    } finally {
      if (permitted.get()) {
        keyConcurrencyLimiter.release(key, models);
      }
    }
  }

  private CallStep attempt(
      CallContext context,
      CallSpec spec,
      AttemptCause attemptCause,
      int maxTokens,
      InFlightCalls.Slot slot) {
    return switch (attemptDispatcher.begin(context, spec, attemptCause, maxTokens)) {
      case CallResult result -> result;
      case CallStep.KeyChosen chosen -> chosen;
      case AttemptDispatcher.Ready ready -> attemptSender.send(context, spec, ready, slot);
    };
  }
}
