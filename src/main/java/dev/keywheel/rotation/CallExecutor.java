package dev.keywheel.rotation;

import dev.keywheel.assignment.Assignments;
import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunFence;
import dev.keywheel.assignment.Seat;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.job.Stopping;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * One provider call through the pool. The operation's key is the one of its seat; when that key may
 * not be used, before the call or because the provider refuses it, the next one in rotation takes
 * its place and nobody else's. Each attempt is committed before it is sent; what came of it, what
 * it cost, the key's status and the log lines are one transaction after. Refused keys are dealt
 * with here and do not count against an operation's calls; everything else is handed back: changing
 * the model, asking again, going on after a cut and backing off are the operation's.
 *
 * <p>Writes the lines {@code key.rotate op.executing call.answered op.error key.marked
 * key.replacement key.confirmed key.passed_over keys.paused key.none}; the operation writes those
 * about its own steps ({@code op.succeeded model.fallback op.reask …}).
 */
public final class CallExecutor {
  /** Most answers are there by then. */
  public static final Duration TURN_WITHIN = Duration.ofSeconds(15);

  /** A provider that refuses at once is not asked hundreds of times a second. */
  static final Duration BETWEEN_CALLS = Duration.ofMillis(250);

  /** An answer is paid for: it waits longer for the database than anything else. */
  private static final Duration ANSWER_IN_HAND = Duration.ofMinutes(5);

  /** A node that stops does not wait for the database only to say so. */
  private static final Duration SAID_WITHIN = Duration.ofSeconds(2);

  private final RetryingDatabase database;
  private final KeyPool keys;
  private final Providers providers;
  private final InstantSource clock;
  private final Delayer delayer;
  private final AttemptDispatcher attemptDispatcher;
  private final AttemptRecorder attemptRecorder;
  private final KeyConfirmation keyConfirmation;
  private final InFlightCalls inFlightCalls = new InFlightCalls();
  private final KeyConcurrencyLimiter keyConcurrencyLimiter;
  private final ExecutionLog log;
  private final Stopping stopping;
  private final AttemptRepository rows = new AttemptRepository();

  /**
   * @param stopping once it has begun, {@link #call} sends nothing more and is interrupted
   * @param pause between calls of one operation
   * @param turnWithin how long a call waits for its turn of a key that is busy, {@link
   *     #TURN_WITHIN} but in tests; then it goes out beside the others
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
      Duration turnWithin) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.clock = clock;
    this.log = log;
    this.stopping = stopping;
    this.delayer = delayer;
    this.keyConcurrencyLimiter = new KeyConcurrencyLimiter(turnWithin);
    this.attemptDispatcher = new AttemptDispatcher(database, keys, assignments, log, clock);
    this.attemptRecorder = new AttemptRecorder(database.within(ANSWER_IN_HAND), keys, log, clock);
    this.keyConfirmation = new KeyConfirmation(database, keys, recovery, log, clock);
  }

  /**
   * Begins a go at an operation, or takes one over: keys refused in attempts since {@code since}
   * are not given again, and the key in hand then is in hand again.
   *
   * @param operations how many operations the log counts, 7 for an article
   * @param since when this go began: the operation's start, or the moment it woke from waiting
   * @param deadline of the operation; no call is sent after it
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
    int calls = database.read(dsl -> rows.made(dsl, run.runId(), ordinal, counted));
    var turn = new CallContext(run, plan, ordinal, name, operations, deadline, calls);
    var earlier = database.read(dsl -> rows.earlier(dsl, run.runId(), ordinal, since));
    if (!earlier.isEmpty()) {
      var last = earlier.getLast();
      turn.hold(new Seat(last.keyId(), last.keyName(), last.seq()));
      if (last.keyRefused()) {
        turn.leave();
      }
      turn.hadBefore(
          earlier.stream()
              .map(AttemptRepository.Earlier::keyId)
              .filter(key -> !key.equals(last.keyId()))
              .collect(Collectors.toSet()));
    }
    return turn;
  }

  /** Calls; blocks until there is a result. No transaction may be open in the calling thread. */
  public CallResult call(CallContext turn, CallSpec spec) {
    turn.newCall();
    if (spec.otherKey()) {
      turn.leaveByWish();
    }
    var attemptCause = spec.cause();
    int maxTokens = spec.maxTokens();
    while (true) {
      var next = once(turn, spec, attemptCause, maxTokens);
      switch (next) {
        case AttemptRecorder.Done(var result) -> {
          return result;
        }
        case AttemptRecorder.Cheaper(int tokens) -> {
          maxTokens = tokens;
          attemptCause = AttemptCause.RETRY;
        }
        case AttemptRecorder.Again _, AttemptRecorder.Confirm _ ->
            attemptCause = AttemptCause.RETRY;
        case AttemptRecorder.Chosen _ ->
            attemptCause =
                attemptCause == AttemptCause.FIRST ? AttemptCause.REPLACEMENT : attemptCause;
        case AttemptRecorder.Replace _ -> {
          turn.leave();
          maxTokens = spec.maxTokens();
          attemptCause = AttemptCause.REPLACEMENT;
        }
      }
    }
  }

  /**
   * Waits before another call of the operation. Empty when the time is over; else what ended the
   * operation: cancelled, this node stops, or another worker has the run.
   */
  public Optional<CallResult> await(CallContext turn, Duration wait) {
    try (var slot = inFlightCalls.open(turn.run().runId())) {
      var ended = attemptDispatcher.ended(turn);
      if (ended.isPresent()) {
        return ended;
      }
      boolean over = slot.await(() -> slept(wait)).isPresent();
      return over ? Optional.empty() : Optional.of(attemptDispatcher.interrupted(turn));
    }
  }

  private boolean slept(Duration wait) throws InterruptedException {
    delayer.sleep(wait);
    return true;
  }

  /**
   * Aborts the calls of a run that wait on this node. They end as {@link CallResult.Cancelled} when
   * the run's cancellation was committed before, else as {@link CallResult.Interrupted}: then what
   * was in flight has an unknown outcome.
   */
  public void abort(UUID runId) {
    inFlightCalls.abort(runId);
  }

  /**
   * The node stops: calls that wait for their turn are interrupted, those that are out may finish.
   * Returns how many each run has out.
   */
  public Map<UUID, Integer> stop() {
    return inFlightCalls.stop();
  }

  /** Says in the log of each of these runs that its calls are being finished. */
  public void sayFinishing(Map<UUID, Integer> calls) {
    calls.forEach(
        (runId, count) -> {
          var line = List.of(CallLogMessages.stopping(count));
          database.within(SAID_WITHIN).runTx(tx -> log.append(tx, runId, clock.instant(), line));
        });
  }

  /** Gives up the calls that are still out; their outcome is unknown then. */
  public void abortAll() {
    inFlightCalls.abortAll();
  }

  /** One attempt, when its time has come and the key has a call of this class free. */
  private AttemptRecorder.Next once(
      CallContext turn, CallSpec spec, AttemptCause attemptCause, int maxTokens) {
    if (stopping.begun()) {
      return new AttemptRecorder.Done(attemptDispatcher.interrupted(turn));
    }
    if (!clock.instant().isBefore(turn.deadline())) {
      return new AttemptRecorder.Done(new CallResult.OutOfTime());
    }
    if (turn.calls() >= CallContext.MOST_CALLS) {
      return new AttemptRecorder.Done(new CallResult.OutOfCalls(turn.calls()));
    }
    try (var slot = inFlightCalls.open(turn.run().runId())) {
      if (slot.await(() -> spaced(turn)).isEmpty()) {
        return new AttemptRecorder.Done(attemptDispatcher.interrupted(turn));
      }
      var next = turn.next();
      return next.isEmpty()
          ? attempt(turn, spec, attemptCause, maxTokens, slot)
          : inTurn(turn, spec, attemptCause, maxTokens, slot, next.get().keyId());
    }
  }

  /** Calls of one operation never follow each other faster than this, whatever comes of them. */
  private boolean spaced(CallContext turn) throws InterruptedException {
    var since = Duration.between(turn.lastCall(), clock.instant());
    if (turn.lastCall().isAfter(Instant.MIN) && since.compareTo(BETWEEN_CALLS) < 0) {
      return slept(BETWEEN_CALLS.minus(since));
    }
    return true;
  }

  private AttemptRecorder.Next inTurn(
      CallContext turn,
      CallSpec spec,
      AttemptCause attemptCause,
      int maxTokens,
      InFlightCalls.Slot slot,
      UUID key) {
    var models = ModelClass.of(spec.model());
    var came = slot.await(() -> keyConcurrencyLimiter.acquire(key, models));
    if (came.isEmpty()) {
      return new AttemptRecorder.Done(attemptDispatcher.interrupted(turn));
    }
    try {
      return attempt(turn, spec, attemptCause, maxTokens, slot);
    } finally {
      if (came.get()) {
        keyConcurrencyLimiter.release(key, models);
      }
    }
  }

  private AttemptRecorder.Next attempt(
      CallContext turn,
      CallSpec spec,
      AttemptCause attemptCause,
      int maxTokens,
      InFlightCalls.Slot slot) {
    return switch (attemptDispatcher.begin(turn, spec, attemptCause, maxTokens)) {
      case AttemptDispatcher.Ended(var result) -> new AttemptRecorder.Done(result);
      case AttemptDispatcher.Replaced _ -> new AttemptRecorder.Chosen();
      case AttemptDispatcher.Ready ready -> sent(turn, spec, ready, slot);
    };
  }

  private AttemptRecorder.Next sent(
      CallContext turn, CallSpec spec, AttemptDispatcher.Ready ready, InFlightCalls.Slot slot) {
    var attempt = ready.attempt();
    var secret = secret(turn, attempt);
    if (secret.isEmpty()) {
      return new AttemptRecorder.Replace();
    }
    var provider = providers.byName(turn.run().pool().provider());
    var left = left(turn);
    var ended =
        slot.send(() -> spec.call().send(provider, secret.get(), attempt.maxTokens(), left));
    if (ended.isEmpty()) {
      attemptRecorder.notSent(attempt);
      return new AttemptRecorder.Done(attemptDispatcher.interrupted(turn));
    }
    var next = attemptRecorder.settle(turn, spec, attempt, ready.key(), ended.get());
    if (ended.get().outcome() instanceof CallOutcome.Answer) {
      keyConfirmation.accepted(turn.run());
    }
    return next instanceof AttemptRecorder.Confirm ? keyConfirmation.confirm(turn, attempt) : next;
  }

  /** At least a millisecond: a call that is written down is sent. */
  private Duration left(CallContext turn) {
    var left = Duration.between(clock.instant(), turn.deadline());
    return left.isPositive() ? left : Duration.ofMillis(1);
  }

  /**
   * Empty when the key went away after it was chosen, or its row cannot be decrypted; then nothing
   * was sent, and another key takes its place.
   */
  private Optional<Secret> secret(CallContext turn, Attempt attempt) {
    try {
      return Optional.of(
          database.repeat(
              () -> keys.secrets().open(turn.run().pool().workspaceId(), attempt.keyId())));
    } catch (NotFound gone) {
      attemptRecorder.notSent(attempt);
      return Optional.empty();
    } catch (IllegalStateException unreadable) {
      attemptRecorder.unreadable(turn, attempt);
      return Optional.empty();
    } catch (RuntimeException closed) {
      attemptRecorder.notSent(attempt);
      throw closed;
    }
  }
}
