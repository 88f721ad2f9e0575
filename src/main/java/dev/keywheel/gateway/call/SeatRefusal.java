package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.gateway.seat.TokenRate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of an attempt that gets no key.
 *
 * @param ofPause whether the pool is paused
 * @param end when the same request can get a key; null when unknown
 */
record SeatRefusal(GatewayError error, boolean ofPause, @Nullable Instant end) {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration AWAY = Duration.ofSeconds(2);

  static SeatRefusal of(GatewayError error) {
    return new SeatRefusal(error, false, null);
  }

  static SeatRefusal of(SeatGrant grant, Instant now) {
    Instant end =
        switch (grant) {
          case SeatGrant.NoKey(_, var retryAt) -> retryAt;
          case SeatGrant.AllBusy(var retryAt) -> retryAt;
          case SeatGrant.AllLimited(var until) -> until;
          case SeatGrant.Granted _,
              SeatGrant.Outdated _,
              SeatGrant.TokenEnded _,
              SeatGrant.RateLimited _,
              SeatGrant.TooManyParallel _,
              SeatGrant.Unavailable _ ->
              null;
        };
    return new SeatRefusal(error(grant, now), grant instanceof SeatGrant.NoKey && end != null, end);
  }

  /** This refusal, or an earlier one whose end comes first. */
  SeatRefusal orSooner(@Nullable SeatRefusal earlier) {
    Instant other = earlier == null ? null : earlier.end;
    return other != null && (end == null || other.isBefore(end))
        ? Objects.requireNonNull(earlier)
        : this;
  }

  /** The error, also for exceeded limits of the access token. */
  private static GatewayError error(SeatGrant grant, Instant now) {
    return switch (grant) {
      case SeatGrant.Granted _, SeatGrant.Outdated _ ->
          throw new IllegalArgumentException("not a refusal: " + grant);
      case SeatGrant.NoKey(var why, var retryAt) -> {
        var error = GatewayError.of(ErrorKind.NO_KEY, "No key can serve this request. " + why);
        yield retryAt == null ? error : error.retryAfter(Duration.between(now, retryAt));
      }
      case SeatGrant.AllBusy(var retryAt) ->
          GatewayError.of(ErrorKind.NO_KEY, "No key can serve this request. " + SeatGrant.ALL_BUSY)
              .retryAfter(Duration.between(now, retryAt));
      case SeatGrant.AllLimited(var until) ->
          GatewayError.of(
                  ErrorKind.POOL_LIMITED,
                  "Every key that can serve this request has reached a limit of the provider, has no"
                      + " credit left or was refused for this model. Wait, or add keys or credit. The"
                      + " first key is tried again at "
                      + until
                      + ".")
              .retryAfter(Duration.between(now, until));
      case SeatGrant.TokenEnded _ ->
          GatewayErrors.unauthorized(
              "This access token is no longer valid: it was revoked, rotated or has expired. Use another"
                  + " one.");
      case SeatGrant.RateLimited(var rate) ->
          GatewayError.of(
                  ErrorKind.RATE_LIMITED,
                  "This access token may send "
                      + rate.limit()
                      + " requests a minute, and this limit is reached. Wait, or ask for a higher limit.")
              .retryAfter(Duration.between(now, rate.resetsAt()))
              .with(headers(rate, now));
      case SeatGrant.TooManyParallel(var limit) ->
          GatewayError.of(
                  ErrorKind.RATE_LIMITED,
                  "This access token may have "
                      + limit
                      + " requests open at the same time, and this limit is reached. Wait for one to end.")
              .retryAfter(SOON);
      case SeatGrant.Unavailable(var why) ->
          GatewayError.of(ErrorKind.UNAVAILABLE, why).retryAfter(AWAY);
    };
  }

  /** Whether every other target would refuse too, because the token or the gateway is the cause. */
  static boolean isFinal(SeatGrant grant) {
    return switch (grant) {
      case SeatGrant.TokenEnded _,
          SeatGrant.RateLimited _,
          SeatGrant.TooManyParallel _,
          SeatGrant.Unavailable _ ->
          true;
      case SeatGrant.NoKey _,
          SeatGrant.AllBusy _,
          SeatGrant.AllLimited _,
          SeatGrant.Granted _,
          SeatGrant.Outdated _ ->
          false;
    };
  }

  static Map<String, String> headers(TokenRate rate, Instant now) {
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
