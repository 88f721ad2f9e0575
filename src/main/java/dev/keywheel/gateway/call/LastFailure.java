package dev.keywheel.gateway.call;

import dev.keywheel.db.BoundedText;
import dev.keywheel.db.Json;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.PassedHeaders;
import dev.keywheel.gateway.http.RetryHeaders;
import dev.keywheel.gateway.stream.AnswerPeek;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.limit.ResetTime;
import dev.keywheel.rotation.OutcomeText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The failed attempt that is reported to the client when no other attempt succeeds. The client gets
 * the provider's errors about the request, but not those about a key of the pool.
 *
 * @param seen the provider's answer or the transport error, without the secret of the key
 */
record LastFailure(Observation seen, CallOutcome outcome) {
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;
  private static final int MIN_ERROR_STATUS = 400;
  private static final int MAX_TEXT_LENGTH = 1_000;
  private static final String ACCOUNT_LIMITS = "anthropic-ratelimit-unified-";

  /** A number that every client reads as seconds. Longer numbers may be timestamps. */
  private static final Pattern SECONDS = Pattern.compile("\\d{1,7}");

  private static final Pattern MILLIS = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");

  /** The provider's answer, if the client should get it; otherwise empty. */
  Optional<Reply> forClient() {
    if (!(seen instanceof Reply reply) || reply.end() != End.WHOLE || !concernsClient()) {
      return Optional.empty();
    }
    if (reply.success() && AnswerPeek.read(reply.body()).isEmpty()) {
      return Optional.empty(); // JSON, but not an object
    }
    if (LenientJson.parse(reply.body()).isPresent()) {
      return Optional.of(new Reply(status(reply), reply.headers(), reply.body(), reply.end()));
    }
    if (LenientJson.parseReplacing(reply.body()).isPresent()) {
      byte[] readable =
          new String(reply.body(), StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
      return Optional.of(new Reply(status(reply), reply.headers(), readable, reply.end()));
    }
    boolean asksToWait = reply.status() == UNAVAILABLE && !reply.header("retry-after").isEmpty();
    return (outcome instanceof RequestError
                || FailureReport.isOfUnknownCause(outcome)
                || asksToWait)
            && !reply.success()
        ? Optional.of(inJson(reply))
        : Optional.empty();
  }

  /**
   * Converts an error that is not JSON into JSON that the client libraries of both APIs can parse.
   */
  private static Reply inJson(Reply reply) {
    String text = new String(reply.body(), StandardCharsets.UTF_8).strip();
    boolean readable = !text.isEmpty() && !text.startsWith("<");
    var error = new LinkedHashMap<String, Object>();
    error.put("type", type(reply.status()));
    error.put(
        "message",
        readable
            ? BoundedText.start(text, MAX_TEXT_LENGTH)
            : "The provider refused the request with status %s and gave no reason."
                .formatted(reply.status()));
    error.put("param", null);
    error.put("code", null);
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "error");
    body.put("error", error);
    var headers = new TreeMap<>(reply.headers());
    headers.put("content-type", "application/json");
    return new Reply(
        status(reply), headers, Json.text(body).getBytes(StandardCharsets.UTF_8), reply.end());
  }

  private static String type(int status) {
    return switch (status) {
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      case UNAVAILABLE -> "overloaded_error";
      default -> "invalid_request_error";
    };
  }

  private boolean concernsClient() {
    return switch (outcome) {
      case RequestError _, InsufficientCredit _, Transient _ -> true;
      case ModelError error ->
          error.kind() != ModelErrorKind.BYOK
              && error.kind() != ModelErrorKind.PROVIDER_CREDITS
              && error.kind() != ModelErrorKind.FORBIDDEN
              && error.kind() != ModelErrorKind.WRONG_FORM;
      default -> FailureReport.isOfUnknownCause(outcome);
    };
  }

  /** The status for the client; 502 for redirects, and for errors in a success without a status. */
  private static int status(Reply reply) {
    if (!reply.success()) {
      return reply.status() < MIN_ERROR_STATUS ? BAD_GATEWAY : reply.status();
    }
    int inner = AnswerPeek.read(reply.body()).map(AnswerPeek::innerStatus).orElse(0);
    return inner == 0 ? BAD_GATEWAY : inner;
  }

  /**
   * Sets the headers that tell the client whether and when to repeat the request: not if the
   * gateway has already repeated it, if that cannot help, or if the wait is long ({@link
   * RetryHeaders#isLong}).
   *
   * @param headers the headers of the answer. A wait in a format that not every client reads is
   *     replaced by whole seconds, or removed if it is in the past or cannot be parsed.
   */
  void setRetryHeaders(Map<String, String> headers, Instant now) {
    List<Duration> asked = new ArrayList<>();
    if (seen instanceof Reply reply) {
      String wait = reply.header("retry-after");
      retryWait(reply, wait, now).ifPresent(asked::add);
      if (!SECONDS.matcher(wait).matches()) { // the client's clock may differ
        headers.remove("retry-after");
        asked.forEach(
            time -> headers.put("retry-after", Long.toString(time.plusMillis(999).toSeconds())));
      }
      String millis = reply.header("retry-after-ms");
      if (MILLIS.matcher(millis).matches()) {
        retryWait(reply, millis + "ms", now).ifPresent(asked::add);
      } else {
        headers.remove("retry-after-ms");
      }
    }
    Optional<Duration> other = asked.isEmpty() ? otherWait(now) : Optional.empty();
    if ((asked.isEmpty() && other.isEmpty() && isFinal())
        || asked.stream().anyMatch(RetryHeaders::isLong)) {
      headers.put(RetryHeaders.SHOULD_RETRY, "false");
    }
    other.map(RetryHeaders::after).ifPresent(headers::putAll);
  }

  /**
   * The wait in a header. Ignores the {@code Date} of a success, whose error may be sent much
   * later.
   */
  private static Optional<Duration> retryWait(Reply reply, String text, Instant now) {
    return ResetTime.wait(text, now, reply.success() ? "" : ResetTime.date(reply.headers()));
  }

  /** Whether the gateway has already repeated the request, or repeating it cannot help. */
  private boolean isFinal() {
    return outcome instanceof RequestError
        || outcome instanceof Transient
        || (outcome instanceof ModelError error
            && (error.kind() == ModelErrorKind.CHOICE_ERROR || error.kind().empty()));
  }

  /**
   * The time until the key's limit ends, or the wait that the body of the provider's answer names.
   * Used only if no header of the answer tells the client how long to wait.
   */
  private Optional<Duration> otherWait(Instant now) {
    @Nullable Duration wait =
        switch (outcome) {
          case KeyLimited(var limit, _, _, _) when limit.until() != null ->
              Duration.between(now, limit.until());
          case ModelError error -> error.retryAfter();
          case Transient failure -> failure.retryAfter();
          default -> null;
        };
    return Optional.ofNullable(wait).filter(Duration::isPositive);
  }

  /**
   * Adds the provider's headers about the quota of the account to a 429; without them, Claude Code
   * repeats a request whose quota is used up.
   */
  GatewayError withAccountLimits(GatewayError refusal) {
    if (refusal.kind() != ErrorKind.POOL_LIMITED || !(seen instanceof Reply reply)) {
      return refusal;
    }
    var limits = PassedHeaders.toClient(reply.headers());
    limits.keySet().removeIf(name -> !name.startsWith(ACCOUNT_LIMITS));
    return refusal.with(limits);
  }

  /** The error for a client that does not get the provider's answer. */
  GatewayError error() {
    if (outcome instanceof KeyRefusal && !concernsClient()) {
      return GatewayError.of(
          ErrorKind.NO_KEY,
          "The provider refused every key that was tried for this request. Check the keys of the"
              + " pool, or try again later.");
    }
    return outcome instanceof TimedOut
        ? GatewayError.of(ErrorKind.UPSTREAM_TIMEOUT, "The provider did not answer in time.")
            .noRetry()
        : GatewayError.of(
                outcome instanceof RequestError || outcome instanceof KeySuspect
                    ? ErrorKind.REQUEST_REFUSED
                    : ErrorKind.UPSTREAM_ERROR,
                cause())
            .noRetry();
  }

  private String cause() {
    if (FailureReport.isOfRefusedModel(outcome)) {
      return "The provider refuses calls for this model although it accepts the keys in key"
          + " checks. Ask for another model, or check the accounts at the provider.";
    }
    if (outcome instanceof ModelError error && error.kind() == ModelErrorKind.BYOK) {
      return upstreamCause(
          "which rejected its credentials. They may belong to your own key, which is stored at the"
              + " provider (BYOK): correct it there");
    }
    if (outcome instanceof ModelError error && error.kind() == ModelErrorKind.PROVIDER_CREDITS) {
      return upstreamCause(
          "where its account is out of credit. It may be an account of your own whose key is"
              + " stored at the provider (BYOK): add credit there");
    }
    String message = concernsClient() ? text("message") : "";
    String text =
        isRefusal(message)
            ? "The provider refused the request: "
            : seen instanceof Reply
                ? "The provider's answer was not usable: "
                : "The provider could not be reached, or its answer was not usable: ";
    return text
        + OutcomeText.sentence(outcome)
        + (message.isEmpty() ? "." : ". It says: " + message);
  }

  private boolean isRefusal(String message) {
    return switch (outcome) {
      case RequestError _, InsufficientCredit _, KeyLimited _, KeySuspect _ -> true;
      case ModelError error ->
          !message.isEmpty()
              || error.kind() == ModelErrorKind.UPSTREAM_LIMITED
              || error.kind() == ModelErrorKind.NO_ENDPOINT
              || error.kind() == ModelErrorKind.ACCOUNT_POLICY
              || error.kind() == ModelErrorKind.MODEL_TYPE;
      default -> false;
    };
  }

  private String upstreamCause(String problem) {
    String name = text("metadata", "provider_name");
    return ("The provider called %s, %s, or ask for another model. The keys of the pool are"
            + " not the cause.")
        .formatted(name.isEmpty() ? "an upstream provider" : name, problem);
  }

  /** A text of the provider's error, cut to 1,000 characters; empty if it is missing. */
  private String text(String... path) {
    if (!(seen instanceof Reply reply)) {
      return "";
    }
    String text =
        LenientJson.parseReplacing(reply.body())
            .map(root -> LenientJson.text(LenientJson.first(root).path("error"), path))
            .orElse("");
    return BoundedText.start(text, MAX_TEXT_LENGTH);
  }
}
