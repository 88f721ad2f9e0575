package dev.keywheel.provider;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of one call to a model. Each case says what may be done next. */
public sealed interface CallOutcome {

  CallMetadata trace();

  default Evidence evidence() {
    return trace().evidence();
  }

  default int latencyMs() {
    return trace().latencyMs();
  }

  default Usage usage() {
    return trace().usage();
  }

  default byte[] raw() {
    return trace().raw();
  }

  /**
   * Usable content.
   *
   * @param text may be empty only when there is an image
   * @param cut whether the model stopped at the token limit
   * @param finish the provider's word: {@code stop}, {@code length}, …; empty when it gave none
   * @param imageType media type of the image, for instance {@code image/png}
   * @param model the model that really answered
   */
  record Answer(
      String text,
      boolean cut,
      String finish,
      byte @Nullable [] image,
      @Nullable String imageType,
      String model,
      CallMetadata trace)
      implements CallOutcome {}

  /**
   * The key, or its account, may not be used for now; another account's key may go on.
   *
   * @param account the provider's id of the account, when the answer names it
   */
  record KeyLimited(ObservedLimit limit, @Nullable String account, CallMetadata trace)
      implements CallOutcome {}

  /** The key was refused, which one answer does not prove: only the key check decides. */
  record KeySuspect(CallMetadata trace) implements CallOutcome {}

  /** The key holds characters no key can have; nothing was sent. */
  record KeyMalformed(CallMetadata trace) implements CallOutcome {}

  /**
   * This request costs more than the key's credit.
   *
   * @param affordableTokens completion tokens (or prompt tokens, when the prompt is too long) that
   *     the credit allows; 0 when the answer does not say. It wobbles between calls
   */
  record InsufficientCredit(int affordableTokens, boolean promptTooLong, CallMetadata trace)
      implements CallOutcome {}

  /**
   * The model or the provider behind it; the key is untouched, the next model may do better.
   *
   * @param kind {@code upstream_limited no_endpoint byok provider_credits model_type empty
   *     reasoning_only refused content_filter choice_error too_big other_route}; {@code empty} and
   *     {@code choice_error} deserve the same model once more, {@code reasoning_only} the same
   *     model with more tokens; after {@code other_route} the next call goes the way just learnt
   */
  record ModelError(String kind, @Nullable Duration retryAfter, CallMetadata trace)
      implements CallOutcome {}

  /**
   * The request itself; no key and no repetition helps.
   *
   * @param kind {@code moderation unsupported_parameter too_long invalid wrong_endpoint unknown}
   */
  record RequestError(String kind, CallMetadata trace) implements CallOutcome {}

  /**
   * Passes by itself: back off, at most three tries in all.
   *
   * @param kind {@code server cut reset}
   */
  record Transient(String kind, @Nullable Duration retryAfter, CallMetadata trace)
      implements CallOutcome {}

  /** Our own deadline passed, or the caller was interrupted: the call may run on and be billed. */
  record TimedOut(CallMetadata trace) implements CallOutcome {}

  /**
   * The host was not reached, or something else answered in its place.
   *
   * @param kind {@code dns refused no_route connect_timeout tls no_socket html_answer redirect
   *     not_json}
   */
  record Unreachable(String kind, CallMetadata trace) implements CallOutcome {}

  /** The upstream's edge blocks this address, whatever the key. */
  record AddressBlocked(@Nullable Duration pause, CallMetadata trace) implements CallOutcome {}
}
