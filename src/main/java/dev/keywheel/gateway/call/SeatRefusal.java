package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.seat.RemainingRequests;
import dev.keywheel.gateway.seat.SeatGrant;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of an attempt that gets no key.
 *
 * @param error without the wait until {@code end}, which is computed when the client is answered
 * @param end when the same request can get a key; null when unknown
 */
record SeatRefusal(GatewayError error, Cause cause, @Nullable Instant end) {
  private static final Duration PARALLEL_RETRY = Duration.ofSeconds(1);

  /** For a limit whose end has passed without a usable key. */
  private static final Duration LATE_RETRY = Duration.ofSeconds(1);

  private static final Duration UNAVAILABLE_RETRY = Duration.ofSeconds(2);

  enum Cause {
    /** The pool of the target is paused. */
    PAUSE,
    /** The pool of the target has no key for the request. */
    KEYS,
    /** A limit of the token or of the gateway, which applies to every other target too. */
    FINAL
  }

  static SeatRefusal ofKeys(GatewayError error) {
    return new SeatRefusal(error, Cause.KEYS, null);
  }

  static SeatRefusal of(SeatGrant grant, Instant now) {
    return switch (grant) {
      case SeatGrant.Granted _, SeatGrant.Outdated _ ->
          throw new IllegalArgumentException("not a refusal: " + grant);
      case SeatGrant.NoKey(var why, var retryAt) ->
          new SeatRefusal(noKey(why), retryAt == null ? Cause.KEYS : Cause.PAUSE, retryAt);
      case SeatGrant.AllBusy(var retryAt) ->
          new SeatRefusal(noKey(SeatGrant.ALL_BUSY), Cause.KEYS, retryAt);
      case SeatGrant.AllLimited(var until, var due) ->
          due == null
              ? allLimited(until)
              : allLimited(until, "is used again once a check accepts it");
      case SeatGrant.TokenEnded _ ->
          ofEveryTarget(
              GatewayErrors.unauthorized(
                  "This access token is no longer valid: it was revoked, rotated or has expired. Use"
                      + " another one."));
      case SeatGrant.RateLimited(var rate) ->
          new SeatRefusal(
              rateLimited(
                      "send "
                          + rate.limit()
                          + " requests a minute, and this limit is reached. Wait, or ask for a higher"
                          + " limit.")
                  .with(headers(rate, now)),
              Cause.FINAL,
              rate.resetsAt());
      case SeatGrant.TooManyParallel(var limit) ->
          ofEveryTarget(
              rateLimited(
                      "have "
                          + limit
                          + " requests open at the same time, and this limit is reached. Wait for one to"
                          + " end.")
                  .retryAfter(PARALLEL_RETRY));
      case SeatGrant.Unavailable(var why) ->
          ofEveryTarget(GatewayError.of(ErrorKind.UNAVAILABLE, why).retryAfter(UNAVAILABLE_RETRY));
    };
  }

  static SeatRefusal allLimited(Instant until) {
    return allLimited(until, "is tried again at " + wholeSeconds(until));
  }

  private static SeatRefusal allLimited(Instant until, String next) {
    return new SeatRefusal(
        GatewayError.of(
            ErrorKind.POOL_LIMITED,
            "Every key that can serve this request has reached a limit of the provider, has no credit"
                + " left or was refused for this model. Wait, or add keys or credit. The first key "
                + next
                + "."),
        Cause.KEYS,
        until);
  }

  /** For a key that cannot be decrypted, when there is no time to try another key. */
  static SeatRefusal unreadable() {
    return ofKeys(
        noKey(
            "The last key that was tried cannot be decrypted, and there is no time to try others."
                + " Check the keys of the pool."));
  }

  /** Rounds up, so that the message does not state a time before the end of the limit. */
  private static Instant wholeSeconds(Instant time) {
    return time.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
  }

  private static SeatRefusal ofEveryTarget(GatewayError error) {
    return new SeatRefusal(error, Cause.FINAL, null);
  }

  private static GatewayError noKey(String why) {
    return GatewayError.of(ErrorKind.NO_KEY, "No key can serve this request. " + why);
  }

  private static GatewayError rateLimited(String limit) {
    return GatewayError.of(ErrorKind.RATE_LIMITED, "This access token may " + limit);
  }

  /** Whether every other target would refuse the request too. */
  boolean isFinal() {
    return cause == Cause.FINAL;
  }

  /** This refusal, or the earlier one if that one ends sooner. */
  SeatRefusal orSooner(@Nullable SeatRefusal earlier) {
    Instant other = earlier == null ? null : earlier.end;
    return other != null && (end == null || other.isBefore(end))
        ? Objects.requireNonNull(earlier)
        : this;
  }

  /** The error for a client that is answered now. */
  GatewayError forClient(Instant now) {
    if (end == null) {
      return error;
    }
    return error.retryAfter(end.isAfter(now) ? Duration.between(now, end) : LATE_RETRY);
  }

  static Map<String, String> headers(RemainingRequests rate, Instant now) {
    return Map.of(
        "x-ratelimit-limit-requests", Integer.toString(rate.limit()),
        "x-ratelimit-remaining-requests", Integer.toString(rate.remaining()),
        "x-ratelimit-reset-requests", duration(Duration.between(now, rate.resetsAt())));
  }

  /** Formats a duration as OpenAI does, for example {@code 6m0s}. */
  private static String duration(Duration left) {
    long seconds = Math.max(0, Math.ceilDiv(left.toMillis(), 1_000));
    return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
  }
}
