package dev.keywheel.gateway.call;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides what follows a failed attempt of which nothing went to the client. Bounded by time and by
 * the pool: each key that refuses is left out, and no attempt begins after the start budget, except
 * the first repetition. One for each target of a request.
 */
final class RetryPolicy {
  /** Time in which further attempts may begin. */
  static final Duration START_BUDGET = Duration.ofSeconds(30);

  private static final int SHARED_TRIES = 2;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private int attempts;
  private int sharedTries;
  private boolean perhapsPaid;

  /** The account whose key got a 429 that names no cause in the last attempt. */
  private @Nullable String limited;

  /** Keys of two accounts got such a 429 in a row: the limit is the provider's own. */
  private boolean limitIsShared;

  /** What to do next. */
  sealed interface Next {}

  /**
   * @param without whether the key that just failed is left out from now on
   */
  record Again(Duration pause, boolean without) implements Next {}

  /** Another model or provider may do better. */
  record OtherTarget() implements Next {}

  /** No other key helps: the client gets this answer. */
  record GiveUp() implements Next {}

  /**
   * @param account of the key; its own id while its account is not known
   * @param elapsed since the request arrived
   */
  Next after(CallOutcome outcome, String account, Duration elapsed) {
    attempts++;
    boolean noCause =
        outcome instanceof KeyLimited refused && refused.limit().reason() == KeyReason.RATE;
    limitIsShared = noCause && (limitIsShared || (limited != null && !limited.equals(account)));
    limited = noCause ? account : null;
    return switch (outcome) {
      case KeyLimited refused when limitIsShared -> shared(wait(refused), elapsed);
      case KeyRefusal _, InsufficientCredit _ ->
          inTime(elapsed) ? new Again(Duration.ZERO, true) : new OtherTarget();
      case Transient failure ->
          switch (failure.kind()) {
            case CUT, RESET -> once(FIRST_PAUSE, elapsed);
            case SERVER -> shared(failure.retryAfter(), elapsed);
          };
      case Unreachable failure ->
          switch (failure.kind()) {
            case HTML_ANSWER, NOT_JSON -> once(FIRST_PAUSE, elapsed);
            case DNS, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, TLS, NO_SOCKET, REDIRECT ->
                shared(null, elapsed);
          };
      case TimedOut _ -> once(Duration.ZERO, elapsed);
      case ModelError failure -> modelError(failure, elapsed);
      case RequestError failure ->
          failure.kind() == RequestErrorKind.TOO_LONG ? new OtherTarget() : new GiveUp();
      case AddressBlocked _ -> new OtherTarget();
      case Answer _ -> new GiveUp();
    };
  }

  private static @Nullable Duration wait(KeyLimited refused) {
    Instant until = refused.limit().until();
    return until == null ? null : Duration.between(refused.evidence().at(), until);
  }

  private Next modelError(ModelError failure, Duration elapsed) {
    return switch (failure.kind()) {
      case UPSTREAM_LIMITED, CHOICE_ERROR -> shared(failure.retryAfter(), elapsed);
      case EMPTY, WRONG_FORM -> once(FIRST_PAUSE, elapsed);
      case BYOK, PROVIDER_CREDITS, NO_ENDPOINT, TOO_BIG, FORBIDDEN -> new OtherTarget();
      case MODEL_TYPE, REASONING_ONLY, REFUSED, CONTENT_FILTER, OTHER_ROUTE -> new GiveUp();
    };
  }

  /** Trouble that all keys share: a few more tries, with a pause. */
  private Next shared(@Nullable Duration retryAfter, Duration elapsed) {
    Duration wait =
        retryAfter == null ? FIRST_PAUSE.multipliedBy(1L << Math.min(sharedTries, 1)) : retryAfter;
    boolean again =
        sharedTries < SHARED_TRIES
            && wait.compareTo(LONGEST_WAIT) <= 0
            && inTime(elapsed.plus(wait));
    sharedTries++;
    return again ? new Again(wait, false) : new OtherTarget();
  }

  /**
   * The provider may have charged the attempt, so a request is repeated once after such failures.
   */
  private Next once(Duration pause, Duration elapsed) {
    boolean again = !perhapsPaid && inTime(elapsed.plus(pause));
    perhapsPaid = true;
    return again ? new Again(pause, false) : new OtherTarget();
  }

  private boolean inTime(Duration elapsed) {
    return attempts == 1 || elapsed.compareTo(START_BUDGET) < 0;
  }
}
