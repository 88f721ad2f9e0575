package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.seat.RequestEvidence;
import dev.keywheel.gateway.seat.TriedKeys;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to do after a failed attempt from which the client got no content. A refused key is
 * not used again, unless a rate limit applies to the whole provider. If it is unknown whether the
 * key is the cause, one other key is tried, of another account if possible; if the account may be
 * the cause, only a key of another account. A request that costs too much for the credit of a key
 * is tried with few keys, because it may cost too much for all. After {@link
 * CallOptions#startBudget} a target gets only its first attempt and one repetition. Each target of
 * a request has its own policy.
 */
final class RetryPolicy {
  private static final int SHARED_TRIES = 2;

  /** Number of keys tried for a request that is too expensive for them; the same as in a run. */
  private static final int PAYING_TRIES = 3;

  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private final Duration firstPause;
  private final Duration startBudget;
  private final int requestBytes;
  private int attempts;
  private int sharedTries;
  private int payingTries;
  private boolean mayBeCharged;
  private boolean accountTried;

  /** The account of the key that got a 429 without a cause in the last attempt; null otherwise. */
  private @Nullable String limitedAccount;

  /** Whether two accounts in a row got a 429 without a cause: the provider limits all accounts. */
  private boolean limitIsShared;

  /**
   * @param requestBytes the size of the request
   */
  RetryPolicy(CallOptions options, int requestBytes) {
    this.requestBytes = requestBytes;
    this.firstPause = options.retryPause();
    this.startBudget = options.startBudget();
  }

  sealed interface Next {}

  /** Another attempt at the same target. */
  record SameTarget(Duration pause, TriedKeys.Next key) implements Next {}

  /** Tries the next target: another model or provider may succeed. */
  record OtherTarget() implements Next {}

  /** Sends the error to the client, because no other key or target helps. */
  record GiveUp() implements Next {}

  /**
   * @param account the account of the key, or the id of the key while its account is unknown
   * @param elapsed the time since the request arrived
   */
  Next after(CallOutcome outcome, String account, Duration elapsed) {
    attempts++;
    String before = limitedAccount;
    boolean noCause =
        outcome instanceof KeyLimited refused && refused.limit().reason() == KeyReason.RATE;
    limitIsShared = noCause && (limitIsShared || (before != null && !before.equals(account)));
    limitedAccount = noCause ? account : null;
    return switch (outcome) {
      case KeyLimited refused when limitIsShared -> shared(wait(refused), elapsed);
      case KeyLimited _ when noCause ->
          before == null
              ? atOnce(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed)
              : new OtherTarget(); // no usable key of another account was found
      case KeyLimited refused when refused.assumed() ->
          atOnce(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed);
      case KeySuspect suspect when suspect.modelSuspected() ->
          otherAccount(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed);
      case KeySuspect _ -> atOnce(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed);
      case KeyRefusal _ -> atOnce(TriedKeys.Next.OTHER, elapsed);
      case InsufficientCredit credit -> tooExpensive(credit, elapsed);
      case Transient failure ->
          switch (failure.kind()) {
            case CUT, RESET -> once(firstPause, elapsed);
            case SERVER -> shared(failure.retryAfter(), elapsed);
          };
      case Unreachable failure ->
          switch (failure.kind()) {
            case HTML_ANSWER, NOT_JSON, NO_BODY -> once(firstPause, elapsed);
            case DNS, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, TLS, NO_SOCKET, REDIRECT ->
                shared(null, elapsed);
          };
      case TimedOut _ -> once(Duration.ZERO, elapsed);
      case ModelError failure -> modelError(failure, elapsed);
      case RequestError failure ->
          switch (failure.kind()) {
            case TOO_LONG -> new OtherTarget();
            case UNKNOWN -> otherAccount(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed);
            case MODERATION, UNSUPPORTED_PARAMETER, INVALID, WRONG_ENDPOINT -> new GiveUp();
          };
      case AddressBlocked _ -> new OtherTarget();
      case Answer _ -> new GiveUp();
    };
  }

  /** Whether another key may be tried after a key that cannot be decrypted. */
  boolean continuesAfterUnsent(Duration elapsed) {
    attempts++;
    return inTime(elapsed);
  }

  private static @Nullable Duration wait(KeyLimited refused) {
    Instant until = refused.limit().until();
    return until == null ? null : Duration.between(refused.evidence().at(), until);
  }

  private Next modelError(ModelError failure, Duration elapsed) {
    return switch (failure.kind()) {
      case UPSTREAM_LIMITED, CHOICE_ERROR -> shared(failure.retryAfter(), elapsed);
      case EMPTY, ONLY_REASONING, ONLY_TOOL_CALLS, ONLY_IMAGE_LINK, WRONG_FORM ->
          once(firstPause, elapsed);
      case ACCOUNT_POLICY -> otherAccount(TriedKeys.Next.OTHER_ACCOUNT, elapsed);
      case BYOK, PROVIDER_CREDITS, NO_ENDPOINT, MODEL_TYPE, TOO_BIG, FORBIDDEN -> new OtherTarget();
      case REASONING_ONLY, REFUSED, CONTENT_FILTER, OTHER_ROUTE -> new GiveUp();
    };
  }

  /** Handles failures that affect all keys: allows two more attempts, each after at most 5 s. */
  private Next shared(@Nullable Duration retryAfter, Duration elapsed) {
    Duration wait =
        retryAfter == null ? firstPause.multipliedBy(1L << Math.min(sharedTries, 1)) : retryAfter;
    boolean again =
        sharedTries < SHARED_TRIES && wait.compareTo(MAX_WAIT) <= 0 && inTime(elapsed.plus(wait));
    sharedTries++;
    return again ? new SameTarget(wait, TriedKeys.Next.OTHER_IF_POSSIBLE) : new OtherTarget();
  }

  /**
   * Handles failures of attempts that the provider may have charged: allows only one repetition.
   */
  private Next once(Duration pause, Duration elapsed) {
    boolean again = !mayBeCharged && inTime(elapsed.plus(pause));
    mayBeCharged = true;
    return again ? new SameTarget(pause, TriedKeys.Next.OTHER_IF_POSSIBLE) : new OtherTarget();
  }

  /** Handles failures that the account may have caused: allows one attempt with another account. */
  private Next otherAccount(TriedKeys.Next key, Duration elapsed) {
    boolean again = !accountTried;
    accountTried = true;
    return again ? atOnce(key, elapsed) : new OtherTarget();
  }

  private Next tooExpensive(InsufficientCredit credit, Duration elapsed) {
    payingTries += RequestEvidence.isCreditTooLow(credit, requestBytes) ? 0 : 1;
    return payingTries < PAYING_TRIES
        ? atOnce(TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE, elapsed)
        : new OtherTarget();
  }

  private Next atOnce(TriedKeys.Next key, Duration elapsed) {
    return inTime(elapsed) ? new SameTarget(Duration.ZERO, key) : new OtherTarget();
  }

  private boolean inTime(Duration elapsed) {
    return attempts == 1 || elapsed.compareTo(startBudget) < 0;
  }
}
