package dev.keywheel.provider.classify;

import static dev.keywheel.provider.classify.ResponseKind.*;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Patterns of error messages, for upstreams that send no code.
 *
 * <p>Each pattern applies only to the statuses with which its message is known to occur (0 for an
 * error without a status), because a message may quote a user's text. Patterns about a key's own
 * limits are matched against the upstream's message only, never against the message of an upstream
 * provider.
 */
record ErrorMessagePattern(
    ResponseKind row, Set<Integer> statuses, boolean alsoUpstreamProvider, Pattern pattern) {

  private static final List<ErrorMessagePattern> PATTERNS =
      List.of(
          own(FREE_DAILY, "free-models-per-day", 0, 429),
          own(FREE_MINUTE, "free-models-per-min", 0, 429),
          own(IN_FLIGHT, "in-flight requests", 0, 402),
          own(KEY_CAP, "key limit exceeded", 0, 402, 403),
          own(
              BUDGET,
              "(workspace|guardrail|organi[sz]ation|member)\\b.{0,40}\\b(budget|limit)\\b.{0,40}\\bexceeded",
              0,
              402,
              403),
          own(
              TOO_EXPENSIVE,
              "can only afford [1-9]|capacity required, [1-9]|prompt tokens limit exceeded: \\d+ > \\d+",
              0,
              402),
          own(CREDITS, "insufficient credits|can only afford 0|negative (credit )?balance", 0, 402),
          own(NEEDS_MANAGEMENT_KEY, "only management keys", 0, 401, 403),
          any(
              MODERATION,
              "requires moderation|was flagged|content[ _]policy|prompt injection",
              0,
              400,
              403),
          any(
              MODERATION,
              "^request blocked\\b|\\bmoderation\\b|\\b(input|prompt|content|text|message)\\b.{0,60}\\bflagged\\b",
              403),
          any(
              MODERATION,
              "may contain (inappropriate|sensitive) (content|information)",
              0,
              400,
              403,
              500,
              502),
          any(
              MODEL_TYPE,
              "agentic harness|requiring a key|not available in your (region|country)",
              0,
              403),
          any(UPSTREAM_LIMITED, "rate-limited upstream|limited upstream", 0, 429),
          any(
              WRONG_ROUTE,
              "cannot be used with .{0,20}chat/completions|use (the )?/api/v1/images",
              0,
              400,
              403,
              404),
          any(WRONG_MODALITIES, "output modalities", 0, 400, 404),
          any(
              UNSUPPORTED_PARAMETER,
              "requested parameters|json[ _]schema|response_format|structured output|unsupported (parameter|value)|(parameter|temperature)\\b.{0,40}\\bnot (be )?support",
              0,
              400,
              404,
              422),
          any(
              TOO_LONG,
              "context[ _]length|maximum context|context window|too many tokens|prompt is too long|reduce the length",
              0,
              400,
              413,
              422),
          own(ACCOUNT_POLICY, "data policy|guardrail", 0, 404),
          any(
              NO_ENDPOINT,
              "no endpoints found|not a valid model|unavailable for free|data policy|model\\b.{0,80}\\b(not found|does not exist|deprecated)",
              0,
              400,
              404),
          own(
              KEY_REFUSED,
              "user not found|no (cookie )?auth credentials|missing authentication|invalid api key",
              0,
              401),
          own(KEY_REFUSED, "^api[ _]key[ _](not valid|invalid)", 0, 400));

  /** The account's means to pay, or the number of its calls, in the message or code of a 402. */
  private static final Pattern ON_CREDIT =
      ignoringCase(
          "(?<![a-z])(credits?|balance|funds|quota|spend|spending|budget|arrears|payment method)(?![a-z])"
              + "|\\bbilling\\b|\\btoo many\\b.{0,40}\\b(calls|requests)\\b|\\bconcurren");

  private static final Pattern ON_MODEL =
      ignoringCase("(?<![a-z])(models?|plans?|tier|subscri[a-z]+|upgrade)(?![a-z])");

  /** Whether a 402 says that the account's means to pay are the cause. */
  static boolean isOnCredit(UpstreamError upstreamError) {
    return ON_CREDIT.matcher(codeAndMessage(upstreamError)).find();
  }

  /** Whether a 402 says that the model or its plan is the cause, and not the account's credit. */
  static boolean isOnModel(UpstreamError upstreamError) {
    return ON_MODEL.matcher(codeAndMessage(upstreamError)).find() && !isOnCredit(upstreamError);
  }

  private static String codeAndMessage(UpstreamError upstreamError) {
    return upstreamError.textCode() + " " + start(upstreamError.message());
  }

  static Optional<ResponseKind> rowOf(UpstreamError upstreamError) {
    return PATTERNS.stream()
        .filter(errorMessagePattern -> errorMessagePattern.fits(upstreamError))
        .map(ErrorMessagePattern::row)
        .findFirst();
  }

  private boolean fits(UpstreamError upstreamError) {
    return statuses.contains(upstreamError.status())
        && (fitsMessage(upstreamError)
            || (alsoUpstreamProvider && pattern.matcher(start(upstreamError.raw())).find()));
  }

  private boolean fitsMessage(UpstreamError upstreamError) {
    return (alsoUpstreamProvider || !upstreamError.quotesProvider())
        && pattern.matcher(start(upstreamError.message())).find();
  }

  private static String start(String text) {
    return text.substring(0, Math.min(text.length(), 2_000));
  }

  private static ErrorMessagePattern own(
      ResponseKind responseKind, String pattern, Integer... statuses) {
    return new ErrorMessagePattern(responseKind, Set.of(statuses), false, ignoringCase(pattern));
  }

  private static ErrorMessagePattern any(
      ResponseKind responseKind, String pattern, Integer... statuses) {
    return new ErrorMessagePattern(responseKind, Set.of(statuses), true, ignoringCase(pattern));
  }

  private static Pattern ignoringCase(String pattern) {
    return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
  }
}
