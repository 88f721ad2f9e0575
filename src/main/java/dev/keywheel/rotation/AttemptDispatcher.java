package dev.keywheel.rotation;

import dev.keywheel.assignment.Assignment;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.CallKeySelector.Source;
import dev.keywheel.rotation.CallStep.KeyChosen;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.Seat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the key of the next attempt ({@link CallKeySelector}) and stores the attempt, in one
 * transaction that commits before anything is sent. If the key has to be replaced, the replacement
 * is assigned first in a transaction of its own, and the call then waits for a permit of the
 * replacement. The call also waits for a permit if it uses a key again that it gave up.
 */
final class AttemptDispatcher {
  private static final Duration CLOSE_UNSENT_WITHIN = Duration.ofMinutes(5);

  private final RetryingDatabase database;
  private final KeyPool keys;
  private final Assignments assignments;
  private final CallKeySelector callKeySelector;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final AttemptRepository rows = new AttemptRepository();

  AttemptDispatcher(
      RetryingDatabase database,
      KeyPool keys,
      Assignments assignments,
      ExecutionLog log,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.assignments = assignments;
    this.callKeySelector = new CallKeySelector(keys, assignments, clock);
    this.log = log;
    this.clock = clock;
  }

  /**
   * An attempt to send, a key that still needs a permit, or the result of a call that cannot be
   * made.
   */
  sealed interface BeginResult permits CallResult, Ready, KeyChosen {}

  /** The attempt is stored with this key and may be sent now. */
  record Ready(Attempt attempt, ApiKey key, Seat seat) implements BeginResult {}

  BeginResult begin(CallContext context, CallSpec spec, AttemptCause attemptCause, int maxTokens) {
    var written = new AtomicReference<@Nullable Attempt>();
    try {
      var begun =
          database
              .inTx(tx -> begin(tx, context, spec, attemptCause, maxTokens, written))
              .orElseGet(() -> none(context));
      switch (begun) {
        case Ready ready -> {
          context.holdKey(ready.seat());
          context.countCall(clock.instant());
        }
        case KeyChosen(var seat, _) -> context.holdKey(seat);
        case CallResult _ -> {}
      }
      return begun;
    } catch (RunFencedException lost) {
      return new Halt.Fenced();
    } catch (RuntimeException e) {
      closeUnsent(written.get(), e);
      throw e;
    }
  }

  /**
   * Closes an attempt that was not sent. It may have been committed in spite of the exception, and
   * must not count as a call with an unknown outcome.
   */
  private void closeUnsent(@Nullable Attempt attempt, RuntimeException cause) {
    if (attempt != null) {
      try {
        database
            .within(CLOSE_UNSENT_WITHIN)
            .runTx(tx -> rows.drop(tx, attempt, OutcomeText.NOT_SENT));
      } catch (RuntimeException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private Optional<BeginResult> begin(
      Tx tx,
      CallContext context,
      CallSpec spec,
      AttemptCause attemptCause,
      int maxTokens,
      AtomicReference<@Nullable Attempt> written) {
    var run = context.run();
    if (rows.cancelRequested(tx, run)) {
      return Optional.of(new Halt.Cancelled());
    }
    var paused = keys.status().findPause(tx, run.pool());
    if (paused.isPresent()) {
      return Optional.of(logPause(tx, context, paused.get()));
    }
    var lines = new ArrayList<LogLine>();
    var choice = callKeySelector.choose(tx, context, spec.model(), lines);
    if (choice.isEmpty()) {
      return Optional.empty();
    }
    var seat = choice.get().seat();
    var now = clock.instant();
    var source = choice.get().source();
    if (source != Source.OWN) {
      log.append(tx, run.runId(), now, lines);
      return Optional.of(new KeyChosen(seat, source == Source.REPLACEMENT));
    }
    if (!rows.countCall(tx, run)) {
      return Optional.of(new Halt.Cancelled());
    }
    var attempt =
        rows.insert(
            tx,
            run.runId(),
            context.ordinal(),
            attemptCause,
            spec.model(),
            spec.requestHash(),
            maxTokens,
            seat,
            now);
    written.set(attempt);
    rows.recordKeyAndModel(tx, run.runId(), context.ordinal(), seat, spec.model());
    lines.add(RotationLogMessages.executing(context, attempt));
    log.append(tx, run.runId(), now, lines);
    return Optional.of(new Ready(attempt, choice.get().key(), seat));
  }

  /** Why this worker stops: the run is being cancelled, or another worker has it. May be empty. */
  Optional<Halt> halted(CallContext context) {
    try {
      return database.inTx(tx -> rows.cancelRequested(tx, context.run()))
          ? Optional.of(new Halt.Cancelled())
          : Optional.empty();
    } catch (RunFencedException lost) {
      return Optional.of(new Halt.Fenced());
    }
  }

  /**
   * The cause of an interrupted wait: the result of {@link #halted}, otherwise the stop of this
   * node.
   */
  Halt interrupted(CallContext context) {
    return halted(context).orElseGet(Halt.Interrupted::new);
  }

  /** The result if no key was found. Runs after the search's transaction, which changed nothing. */
  private BeginResult none(CallContext context) {
    var otherwise = context.lastFailure();
    if (otherwise.isPresent()) {
      return otherwise.get();
    }
    var run = context.run();
    var none =
        context
            .refusalReason()
            .map(why -> new Assignment.NoKeys(refusedCallsRetryAt(run), why))
            .orElseGet(() -> database.repeat(() -> assignments.recordNoKeys(run)));
    return database.<Halt>inTx(
        tx -> {
          if (rows.cancelRequested(tx, run)) {
            return new Halt.Cancelled();
          }
          var line = RotationLogMessages.noKey(context, none.nextTry(), none.why());
          log.append(tx, run.runId(), clock.instant(), List.of(line));
          return new Halt.NoKey(none.nextTry(), none.why());
        });
  }

  /** The time of the next try after calls were refused with every key. */
  private Instant refusedCallsRetryAt(RunFence run) {
    var now = clock.instant();
    return now.plus(database.inTx(tx -> RefusedCalls.read(tx, run.runId(), now)).pause(now));
  }

  private Halt logPause(Tx tx, CallContext context, PoolPause pause) {
    var line = RotationLogMessages.noKey(context, pause.until(), pause.reason());
    log.append(tx, context.run().runId(), clock.instant(), List.of(line));
    return new Halt.NoKey(pause.until(), pause.reason());
  }
}
