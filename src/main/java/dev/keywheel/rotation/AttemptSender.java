package dev.keywheel.rotation;

import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.Attempt;
import dev.keywheel.secret.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** Sends a stored attempt and has its outcome recorded. */
final class AttemptSender {
  private final RetryingDatabase database;
  private final KeyPool keys;
  private final Providers providers;
  private final InstantSource clock;
  private final AttemptDispatcher attemptDispatcher;
  private final AttemptRecorder attemptRecorder;
  private final KeyConfirmation keyConfirmation;

  AttemptSender(
      RetryingDatabase database,
      KeyPool keys,
      Providers providers,
      InstantSource clock,
      AttemptDispatcher attemptDispatcher,
      AttemptRecorder attemptRecorder,
      KeyConfirmation keyConfirmation) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.clock = clock;
    this.attemptDispatcher = attemptDispatcher;
    this.attemptRecorder = attemptRecorder;
    this.keyConfirmation = keyConfirmation;
  }

  CallStep send(
      CallContext context, CallSpec spec, AttemptDispatcher.Ready ready, InFlightCalls.Slot slot) {
    var attempt = ready.attempt();
    var secret = secret(context, attempt);
    if (secret.isEmpty()) {
      return new CallStep.ReplaceKey();
    }
    var provider = providers.byName(context.run().pool().provider());
    var left = left(context);
    var ended =
        slot.send(() -> spec.call().send(provider, secret.get(), attempt.maxTokens(), left));
    if (ended.isEmpty()) {
      attemptRecorder.dropUnsent(attempt);
      return attemptDispatcher.interrupted(context);
    }
    var settled = attemptRecorder.settle(context, spec, attempt, ready.key(), ended.get());
    if (ended.get().outcome().acceptsKey()) {
      keyConfirmation.recordAccepted(context.run());
    }
    return switch (settled) {
      case AttemptRecorder.ConfirmKey(var suspect) ->
          keyConfirmation.confirm(context, attempt, suspect);
      case CallStep step -> step;
    };
  }

  /**
   * Time until the operation's deadline; at least 1 ms, because a stored attempt is sent anyway.
   */
  private Duration left(CallContext context) {
    var left = Duration.between(clock.instant(), context.deadline());
    return left.isPositive() ? left : Duration.ofMillis(1);
  }

  /** The secret. Closes the attempt and is empty if the key was deleted or cannot be decrypted. */
  private Optional<Secret> secret(CallContext context, Attempt attempt) {
    try {
      return Optional.of(
          database.repeat(
              () -> keys.secrets().open(context.run().pool().workspaceId(), attempt.keyId())));
    } catch (NotFound gone) {
      attemptRecorder.dropUnsent(attempt);
      return Optional.empty();
    } catch (IllegalStateException unreadable) {
      attemptRecorder.closeUnreadable(context, attempt);
      return Optional.empty();
    } catch (RuntimeException closed) {
      attemptRecorder.dropUnsent(attempt);
      throw closed;
    }
  }
}
