package dev.keywheel.provider;

import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.ObservedLimit;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The outcome of one call to a model. Each subtype determines which next step is allowed. */
public sealed interface CallOutcome {

  CallMetadata metadata();

  default Evidence evidence() {
    return metadata().evidence();
  }

  default int latencyMs() {
    return metadata().latencyMs();
  }

  default Instant sentAt() {
    return evidence().at().minusMillis(latencyMs());
  }

  default Usage usage() {
    return metadata().usage();
  }

  default byte[] raw() {
    return metadata().raw();
  }

  /**
   * Whether the provider accepted the key: it answered, or named a limit of the key or its account.
   */
  default boolean acceptsKey() {
    return switch (this) {
      case Answer _, InsufficientCredit _ -> true;
      case KeyLimited(var limit, _, _, _) -> limit.reason() != KeyReason.RATE;
      default -> false;
    };
  }

  /** The key, or its account, cannot be used now; another key replaces it. */
  sealed interface KeyRefusal extends CallOutcome {}

  /**
   * The key is not at fault or cannot pay for this call: the operation decides what to try next.
   */
  sealed interface CallFailure extends CallOutcome {}

  /**
   * Usable content.
   *
   * @param text may be empty only when there is an image
   * @param cut whether the model stopped at the token limit
   * @param finish the provider's finish reason: {@code stop}, {@code length}, …; may be empty
   * @param model the model that answered, which may differ from the requested one
   */
  record Answer(
      String text,
      boolean cut,
      String finish,
      byte @Nullable [] image,
      String model,
      CallMetadata metadata)
      implements CallOutcome {}

  /**
   * The key, or its account, may not be used for now; a key of another account may be tried.
   *
   * @param account the provider's id of the account, when the answer names it
   * @param assumed whether the answer was a 402 without a reason, so that the request or the model
   *     may be the cause
   */
  record KeyLimited(
      ObservedLimit limit, @Nullable String account, boolean assumed, CallMetadata metadata)
      implements KeyRefusal {
    public KeyLimited(ObservedLimit limit, @Nullable String account, CallMetadata metadata) {
      this(limit, account, false, metadata);
    }
  }

  /**
   * The key was refused. One refusal proves nothing: only the key check decides.
   *
   * @param modelSuspected whether the refusal may be about the model or the request, not the key
   */
  record KeySuspect(boolean modelSuspected, CallMetadata metadata) implements KeyRefusal {}

  /** The key is empty, too long, or has characters that no key has; nothing was sent. */
  record KeyMalformed(CallMetadata metadata) implements KeyRefusal {}

  /**
   * This request costs more than the key's credit.
   *
   * @param affordableTokens completion tokens (or prompt tokens, when the prompt is too long) that
   *     the credit allows; 0 when the answer does not say. The number varies between calls
   */
  record InsufficientCredit(int affordableTokens, boolean promptTooLong, CallMetadata metadata)
      implements CallFailure {
    /** The minimum of completion tokens for a useful answer. */
    private static final int MIN_USEFUL_TOKENS = 256;

    /** Whether the credit is too low for any useful answer of the model to a short prompt. */
    public boolean isTooLow() {
      return !promptTooLong && affordableTokens > 0 && affordableTokens < MIN_USEFUL_TOKENS;
    }
  }

  /**
   * The model or its upstream provider failed. The key is unaffected; another model may succeed.
   */
  record ModelError(ModelErrorKind kind, @Nullable Duration retryAfter, CallMetadata metadata)
      implements CallFailure {}

  /** The request itself is invalid; neither another key nor a retry helps. */
  record RequestError(RequestErrorKind kind, CallMetadata metadata) implements CallFailure {}

  /** A failure that seldom recurs, so that a retry after a backoff usually succeeds. */
  record Transient(TransientKind kind, @Nullable Duration retryAfter, CallMetadata metadata)
      implements CallFailure {}

  /**
   * Keywheel stopped waiting: the deadline passed, or the caller was interrupted. The provider may
   * continue the call and bill it.
   */
  record TimedOut(CallMetadata metadata) implements CallFailure {}

  /** The host was not reached, or another server answered for it. */
  record Unreachable(UnreachableKind kind, CallMetadata metadata) implements CallFailure {}

  /**
   * The provider's edge network blocks this server's address, whatever the key.
   *
   * @param pause as named by the provider, but from {@link #MIN_PAUSE} to {@link #MAX_PAUSE}
   */
  record AddressBlocked(Duration pause, CallMetadata metadata) implements CallFailure {
    /** The minimum pause, and the pause if the provider names no time. */
    public static final Duration MIN_PAUSE = Duration.ofSeconds(60);

    /**
     * The longest pause of any outage. A single error page stops all keys, so it must not stop them
     * for a day, even if it names one. If the block continues, the next call shows it and the pool
     * pauses again.
     */
    public static final Duration MAX_PAUSE = Duration.ofMinutes(10);

    public AddressBlocked {
      pause = clamp(pause);
    }

    /**
     * The pause for a block if the provider names this time: from {@link #MIN_PAUSE} to {@link
     * #MAX_PAUSE}.
     */
    public static Duration clamp(Duration named) {
      return named.compareTo(MIN_PAUSE) < 0
          ? MIN_PAUSE
          : named.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : named;
    }
  }
}
