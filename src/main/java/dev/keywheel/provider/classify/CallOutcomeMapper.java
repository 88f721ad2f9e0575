package dev.keywheel.provider.classify;

import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.http.RequestContext;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import dev.keywheel.provider.limit.ResetTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Maps a row of the decision table to the outcome of a call. */
final class CallOutcomeMapper {
  /** Longest wait for the minute limit of free models, even if the error names a later reset. */
  private static final Duration LONGEST_FREE_MINUTE = Duration.ofSeconds(60);

  /** Pause after too many open calls if the error names no time; the calls end within seconds. */
  private static final Duration IN_FLIGHT_PAUSE = Duration.ofSeconds(15);

  private static final Pattern AFFORDABLE =
      Pattern.compile(
          "(?:can only afford|capacity required,) (\\d{1,9})", Pattern.CASE_INSENSITIVE);
  private static final Pattern PROMPT_BOUND =
      Pattern.compile("prompt tokens limit exceeded: \\d+ > (\\d{1,9})", Pattern.CASE_INSENSITIVE);
  private static final Pattern PERIOD =
      Pattern.compile("\\b(daily|weekly|monthly)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern KEYS_OWN_CAP =
      Pattern.compile("key with a higher .{0,20}limit", Pattern.CASE_INSENSITIVE);

  private final UpstreamError upstreamError;
  private final @Nullable UnreachableKind unreachable;
  private final ModelErrorKind empty;
  private final RequestContext requestContext;
  private final CallMetadata callMetadata;
  private final Instant now;

  private CallOutcomeMapper(
      Classification classification, RequestContext requestContext, CallMetadata callMetadata) {
    this.upstreamError =
        classification.error() != null
            ? classification.error()
            : UpstreamError.ofText("", 0, Map.of());
    this.unreachable = classification.unreachable();
    this.empty =
        classification.completion() == null
            ? ModelErrorKind.EMPTY
            : classification.completion().empty();
    this.requestContext = requestContext;
    this.callMetadata = callMetadata;
    this.now = callMetadata.evidence().at();
  }

  static CallOutcome of(
      Classification classification, RequestContext requestContext, CallMetadata callMetadata) {
    if (classification.row() == ResponseKind.USABLE && classification.completion() != null) {
      return answer(classification.completion(), requestContext, callMetadata);
    }
    return new CallOutcomeMapper(classification, requestContext, callMetadata)
        .of(classification.row());
  }

  private static CallOutcome answer(
      Completion answer, RequestContext requestContext, CallMetadata callMetadata) {
    return new CallOutcome.Answer(
        answer.text(),
        answer.cut(),
        answer.finish(),
        answer.image(),
        answer.model().isEmpty() ? requestContext.model() : answer.model(),
        callMetadata);
  }

  private CallOutcome of(ResponseKind responseKind) {
    return switch (responseKind) {
      case KEY_REFUSED -> new CallOutcome.KeySuspect(false, callMetadata);
      case BARE_REFUSAL -> new CallOutcome.KeySuspect(true, callMetadata);
      case MALFORMED_KEY -> new CallOutcome.KeyMalformed(callMetadata);
      case IN_FLIGHT ->
          limited(
              LimitScope.ACCOUNT,
              requestContext.outOfCreditClass(),
              KeyReason.IN_FLIGHT,
              Optional.of(now.plus(upstreamError.retryAfter(now).orElse(IN_FLIGHT_PAUSE))));
      case CREDITS -> outOfCredit(false);
      case BARE_402 -> outOfCredit(true);
      case KEY_CAP -> limited(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, budgetOpensAt());
      case BUDGET -> limited(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.BUDGET, budgetOpensAt());
      case FREE_DAILY ->
          limited(
              LimitScope.ACCOUNT,
              LimitClass.FREE,
              KeyReason.FREE_DAILY,
              upstreamError.resetsAt(now));
      case FREE_MINUTE ->
          limited(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_MINUTE, minuteOpensAt());
      case BARE_LIMIT -> limited(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, rateOpensAt());
      case TOO_EXPENSIVE -> tooExpensive();
      case UPSTREAM_LIMITED -> modelError(ModelErrorKind.UPSTREAM_LIMITED);
      case NO_ENDPOINT, WRONG_MODALITIES -> modelError(ModelErrorKind.NO_ENDPOINT);
      case ACCOUNT_POLICY -> modelError(ModelErrorKind.ACCOUNT_POLICY);
      case UPSTREAM_CREDENTIAL -> modelError(ModelErrorKind.BYOK);
      case UPSTREAM_CREDIT -> modelError(ModelErrorKind.PROVIDER_CREDITS);
      case MODEL_TYPE -> modelError(ModelErrorKind.MODEL_TYPE);
      case EMPTY, USABLE -> modelError(empty);
      case REASONING_ONLY -> modelError(ModelErrorKind.REASONING_ONLY);
      case CONTENT_FILTER -> modelError(ModelErrorKind.CONTENT_FILTER);
      case REFUSED -> modelError(ModelErrorKind.REFUSED);
      case CHOICE_ERROR, ERROR_INSIDE_SUCCESS, STREAM_ERROR ->
          modelError(ModelErrorKind.CHOICE_ERROR);
      case TOO_BIG -> modelError(ModelErrorKind.TOO_BIG);
      case MODERATION -> new CallOutcome.RequestError(RequestErrorKind.MODERATION, callMetadata);
      case UNSUPPORTED_PARAMETER ->
          new CallOutcome.RequestError(RequestErrorKind.UNSUPPORTED_PARAMETER, callMetadata);
      case TOO_LONG -> new CallOutcome.RequestError(RequestErrorKind.TOO_LONG, callMetadata);
      case INVALID -> new CallOutcome.RequestError(RequestErrorKind.INVALID, callMetadata);
      case WRONG_ROUTE, NEEDS_MANAGEMENT_KEY ->
          new CallOutcome.RequestError(RequestErrorKind.WRONG_ENDPOINT, callMetadata);
      case UNKNOWN -> unknown();
      case SERVER -> transientError(TransientKind.SERVER);
      case CUT, CUT_STREAM -> transientError(TransientKind.CUT);
      case RESET -> transientError(TransientKind.RESET);
      case TIMED_OUT, ONLY_KEEP_ALIVE -> new CallOutcome.TimedOut(callMetadata);
      case UNREACHABLE ->
          new CallOutcome.Unreachable(Objects.requireNonNull(unreachable), callMetadata);
      case HTML_ANSWER -> new CallOutcome.Unreachable(UnreachableKind.HTML_ANSWER, callMetadata);
      case REDIRECT -> new CallOutcome.Unreachable(UnreachableKind.REDIRECT, callMetadata);
      case NO_BODY -> new CallOutcome.Unreachable(UnreachableKind.NO_BODY, callMetadata);
      case NOT_JSON -> new CallOutcome.Unreachable(UnreachableKind.NOT_JSON, callMetadata);
      case ADDRESS_BLOCKED ->
          new CallOutcome.AddressBlocked(
              upstreamError.retryAfter(now).orElse(CallOutcome.AddressBlocked.MIN_PAUSE),
              callMetadata);
    };
  }

  private CallOutcome limited(
      LimitScope limitScope, LimitClass limitClass, KeyReason reason, Optional<Instant> until) {
    return limited(new ObservedLimit(limitScope, limitClass, reason, until.orElse(null)), false);
  }

  private CallOutcome limited(ObservedLimit limit, boolean assumed) {
    String account = upstreamError.account();
    return new CallOutcome.KeyLimited(
        limit, account.isEmpty() ? null : account, assumed, callMetadata);
  }

  /** Credit belongs to the account, unless the message refers to a limit of the key. */
  private CallOutcome outOfCredit(boolean assumed) {
    return KEYS_OWN_CAP.matcher(upstreamError.message()).find()
        ? limited(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, budgetOpensAt())
        : limited(
            new ObservedLimit(
                LimitScope.ACCOUNT, requestContext.outOfCreditClass(), KeyReason.CREDITS, null),
            assumed);
  }

  private CallOutcome tooExpensive() {
    Matcher prompt = PROMPT_BOUND.matcher(upstreamError.message());
    if (prompt.find()) {
      return new CallOutcome.InsufficientCredit(
          Integer.parseInt(prompt.group(1)), true, callMetadata);
    }
    Matcher affordable = AFFORDABLE.matcher(upstreamError.message());
    return new CallOutcome.InsufficientCredit(
        affordable.find() ? Integer.parseInt(affordable.group(1)) : 0, false, callMetadata);
  }

  private CallOutcome modelError(ModelErrorKind kind) {
    return new CallOutcome.ModelError(
        kind, upstreamError.retryAfter(now).orElse(null), callMetadata);
  }

  private CallOutcome transientError(TransientKind kind) {
    return new CallOutcome.Transient(
        kind, upstreamError.retryAfter(now).orElse(null), callMetadata);
  }

  /** An unknown 402 may be about the key: the key check decides. */
  private CallOutcome unknown() {
    return upstreamError.impliedStatus() == 402
        ? new CallOutcome.KeySuspect(true, callMetadata)
        : new CallOutcome.RequestError(RequestErrorKind.UNKNOWN, callMetadata);
  }

  /** The reset time in the error, otherwise the end of the period in its message; may be empty. */
  private Optional<Instant> budgetOpensAt() {
    Matcher period = PERIOD.matcher(upstreamError.message());
    return upstreamError
        .resetsAt(now)
        .or(() -> period.find() ? ResetTime.nextPeriod(period.group(1), now) : Optional.empty());
  }

  private Optional<Instant> minuteOpensAt() {
    Instant latest = now.plus(LONGEST_FREE_MINUTE);
    return upstreamError
        .resetsAt(now)
        .or(() -> upstreamError.retryAfter(now).map(now::plus))
        .filter(latest::isAfter)
        .or(() -> Optional.of(latest));
  }

  private Optional<Instant> rateOpensAt() {
    return upstreamError.retryAfter(now).map(now::plus).or(() -> upstreamError.resetsAt(now));
  }
}
