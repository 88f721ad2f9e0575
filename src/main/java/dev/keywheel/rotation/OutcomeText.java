package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.run.AttemptState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The stored code of each outcome of an attempt, and its text for users. */
public final class OutcomeText {
  static final String NOT_SENT = "not_sent";
  static final String ANSWER = "answer";
  private static final String KEY_LIMITED = "key_limited:";
  static final String KEY_SUSPECT = "key_suspect";

  /** Like {@link #KEY_SUSPECT}, but the model or the request may be the cause. */
  static final String KEY_OR_MODEL = "key_suspect:perhaps_model";

  private static final String KEY_MALFORMED = "key_malformed";
  private static final String TOO_EXPENSIVE = "too_dear";
  private static final String TOO_EXPENSIVE_PROMPT = "too_dear:prompt";
  private static final String TIMED_OUT = "timed_out";
  private static final String ADDRESS_BLOCKED = "address_blocked";

  private static final Map<String, String> TEXTS = texts();

  /** Codes of outcomes after which the same call must not use the key again. */
  private static final Set<String> KEY_REFUSED =
      Stream.concat(
              Stream.of(KeyReason.values()).map(reason -> KEY_LIMITED + reason.code()),
              Stream.of(KEY_SUSPECT, KEY_OR_MODEL, KEY_MALFORMED, TOO_EXPENSIVE))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * Codes of calls that cost nothing and do not count against the budget. Only the operation's
   * deadline and {@link CallContext#MAX_CALLS} limit them.
   */
  public static final Set<String> UNBILLED =
      Stream.of(
              KEY_REFUSED.stream(),
              Stream.of(NOT_SENT, TOO_EXPENSIVE_PROMPT, ADDRESS_BLOCKED),
              Stream.of(UnreachableKind.values()).map(FailureKind::code),
              Stream.of(
                      ModelErrorKind.UPSTREAM_LIMITED,
                      ModelErrorKind.OTHER_ROUTE,
                      ModelErrorKind.FORBIDDEN,
                      ModelErrorKind.ACCOUNT_POLICY,
                      TransientKind.SERVER)
                  .map(FailureKind::code))
          .flatMap(codes -> codes)
          .collect(Collectors.toUnmodifiableSet());

  /** Codes of calls that ended before the complete answer; the provider may have billed them. */
  private static final Set<String> BROKEN_OFF =
      Set.of(TIMED_OUT, TransientKind.RESET.code(), TransientKind.CUT.code());

  private OutcomeText() {}

  private static Map<String, String> texts() {
    Map<String, String> texts = new HashMap<>();
    texts.put(ANSWER, "");
    texts.put(KEY_SUSPECT, "key refused");
    texts.put(KEY_OR_MODEL, "key refused, perhaps for this model only");
    texts.put(KEY_MALFORMED, "the key contains invalid characters");
    texts.put(TOO_EXPENSIVE, "too many tokens for the credit");
    texts.put(TOO_EXPENSIVE_PROMPT, "prompt too long for the credit");
    texts.put(TIMED_OUT, "no complete answer in time");
    texts.put(ADDRESS_BLOCKED, "the provider blocks this server's address");
    texts.put(NOT_SENT, "not sent");
    for (KeyReason reason : KeyReason.values()) {
      texts.put(KEY_LIMITED + reason.code(), reason.phrase());
    }
    FailureKind.all().forEach(kind -> texts.put(kind.code(), kind.text()));
    return Map.copyOf(texts);
  }

  /** Whether the call does not count against the budget. */
  public static boolean unbilled(CallOutcome outcome) {
    return UNBILLED.contains(code(outcome));
  }

  /** Whether the call ended before the complete answer arrived. */
  public static boolean brokenOff(@Nullable String code) {
    return code != null && BROKEN_OFF.contains(code);
  }

  static boolean keyRefused(String code) {
    return KEY_REFUSED.contains(code);
  }

  /** Whether the operation must not use the key again, not even for another call or model. */
  static boolean refusesOperation(String code) {
    return keyRefused(code) && !code.equals(TOO_EXPENSIVE) && !code.equals(KEY_OR_MODEL);
  }

  /** The code that is stored with the attempt. */
  public static String code(CallOutcome outcome) {
    return switch (outcome) {
      case Answer _ -> ANSWER;
      case KeyLimited limited -> KEY_LIMITED + limited.limit().reason().code();
      case KeySuspect suspect -> suspect.modelSuspected() ? KEY_OR_MODEL : KEY_SUSPECT;
      case KeyMalformed _ -> KEY_MALFORMED;
      case InsufficientCredit credit ->
          credit.promptTooLong() ? TOO_EXPENSIVE_PROMPT : TOO_EXPENSIVE;
      case ModelError error -> error.kind().code();
      case RequestError error -> error.kind().code();
      case Transient error -> error.kind().code();
      case TimedOut _ -> TIMED_OUT;
      case Unreachable unreachable -> unreachable.kind().code();
      case AddressBlocked _ -> ADDRESS_BLOCKED;
    };
  }

  /** The HTTP status, when there is one, and the text: {@code 429 daily free limit}. */
  public static String sentence(CallOutcome outcome) {
    Integer status = outcome.evidence().httpStatus();
    return detail(status, code(outcome));
  }

  /**
   * A stored attempt as text: {@code refused: 429 daily free limit}, {@code failed: 503 provider
   * error}, {@code failed: unknown host}.
   *
   * @param code the result of {@link #code}; null while there is no outcome
   */
  public static String sentence(
      AttemptState state, @Nullable Integer status, @Nullable String code) {
    if (state == AttemptState.CANCELLED && TIMED_OUT.equals(code)) {
      return state.label() + " before the answer was complete";
    }
    String label =
        state == AttemptState.HTTP_ERROR && !isRefusal(status) ? "failed" : state.label();
    String detail =
        Stream.of(
                status == null || status == 200 ? "" : status.toString(),
                code == null ? "" : text(code))
            .filter(text -> !text.isEmpty() && !text.equals(label))
            .collect(Collectors.joining(" "));
    return detail.isEmpty() ? label : label + ": " + detail;
  }

  /** Whether the provider refused the call (4xx); it failed otherwise. */
  public static boolean isRefusal(@Nullable Integer status) {
    return status != null && status / 100 == 4;
  }

  /** The status of a failure and the text of its code: {@code 429 daily free limit}. */
  public static String detail(@Nullable Integer status, @Nullable String code) {
    return Stream.of(
            status == null || status == 200 ? "" : status.toString(),
            code == null ? "" : text(code))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /** The text of a code. A code of a newer version is shown with spaces instead of underscores. */
  private static String text(String code) {
    return TEXTS.getOrDefault(code, code.replace('_', ' '));
  }
}
