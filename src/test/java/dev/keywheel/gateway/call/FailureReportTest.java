package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.seat.RemainingRequests;
import dev.keywheel.gateway.seat.SeatGrant;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The error that the client of an unanswered call receives, by its failures and refusals. */
final class FailureReportTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final CallMetadata METADATA = metadata(null);

  private final FailureReport report = new FailureReport();

  /**
   * A number is the end of a limit or refusal in seconds. Steps for which isFailure is true are
   * failed attempts; all others are refusals.
   */
  @ParameterizedTest
  @CsvSource({
    // refusals only: the one that ends first, otherwise the last
    "no_key, no_key_available",
    "limited 40, pool_limited 40",
    "limited 40 > limited 20, pool_limited 20",
    "limited 20 > limited 40, pool_limited 20",
    "limited 40 > no_key, pool_limited 40",
    "no_key > limited 40, pool_limited 40",
    "limited 40 > paused 20, no_key_available 20",
    "busy 1 > limited 40, no_key_available 1",
    // a limit of the token is reported whatever came before
    "limited 40 > token 30, rate_limit_exceeded 30",
    "unauthorized > limited 40 > token 90, rate_limit_exceeded 90",
    // a target without the endpoint is reported only if nothing else is known
    "unsupported, unsupported_route",
    "unsupported > limited 40, pool_limited 40",
    "limited 40 > unsupported, pool_limited 40",
    "unsupported > no_key, no_key_available",
    "unauthorized > unsupported, failure",
    "unsupported > unauthorized, failure",
    // refused keys are not the client's concern
    "unauthorized > no_key, no_key_available",
    "unauthorized > limited 40, pool_limited 40",
    "no_key > unauthorized, failure",
    "limited 40 > unauthorized, pool_limited 40",
    // a limit without a cause is that of the provider if keys are usable
    "rate_limit, failure",
    "rate_limit > no_key, failure",
    "rate_limit > limited 40, pool_limited 40",
    // and so is a 402 or a 403 without a cause
    "forbidden, failure",
    "forbidden > no_key, failure",
    "forbidden > limited 40, pool_limited 40",
    "unauthorized > forbidden > no_key, failure",
    "forbidden > unauthorized > no_key, no_key_available",
    "unknown_402 > no_key, failure",
    "402_in_200 > no_key, failure",
    // an error of the request or of the provider is reported, except during a pause
    "limited 40 > bad_request, failure",
    "bad_request > limited 40, failure",
    "server_error > no_key, failure",
    "server_error > limited 40, failure",
    "server_error > paused 40, no_key_available 40",
    "server_error > paused 40 > no_key, no_key_available 40",
    "paused 40 > server_error, failure",
    "bad_request > paused 40, failure"
  })
  void the_client_receives_the_most_useful_of_several_failures_and_refusals(
      String steps, String reported) {
    for (String step : steps.split(" > ")) {
      recordStep(step);
    }

    assertThat(reported()).isEqualTo(reported);
  }

  /** The provider of the target created the response, unless the step says "elsewhere". */
  @ParameterizedTest
  @CsvSource({
    "no_key, previous_response_not_found",
    "limited 40, pool_limited 40",
    "busy 1, no_key_available 1",
    "paused 20, no_key_available 20",
    "token 30, rate_limit_exceeded 30",
    "elsewhere no_key, previous_response_not_found",
    "elsewhere limited 40, previous_response_not_found",
    "elsewhere token 30, rate_limit_exceeded 30",
    "limited 40 > elsewhere limited 20, pool_limited 40",
    "elsewhere limited 20 > limited 40, pool_limited 40",
    "unauthorized > no_key, previous_response_not_found",
    "forbidden > no_key, previous_response_not_found",
    "day_limit 50 > no_key, pool_limited 50",
    "rate_limit > no_key, failure",
    "rate_limit > elsewhere no_key, failure"
  })
  void the_error_for_a_continued_response_concerns_the_account_that_created_it(
      String steps, String reported) {
    for (String step : steps.split(" > ")) {
      String grant = step.replace("elsewhere ", "");
      if (isFailure(grant)) {
        recordStep(grant);
      } else {
        report.recordContinuationRefusal(refusal(grant), grant.equals(step));
      }
    }

    assertThat(reported()).isEqualTo(reported);
  }

  @Test
  void the_wait_counts_from_the_time_of_the_response() {
    var later = NOW.plusSeconds(30);

    assertThat(refusal("limited 40").forClient(later).headers()).containsEntry("retry-after", "10");
    assertThat(refusal("busy 1").forClient(later).headers()).containsEntry("retry-after", "1");
    assertThat(refusal("no_key").forClient(later).headers()).isEmpty();
  }

  @Test
  void refused_keys_may_serve_the_next_target_after_the_provider_has_accepted_them() {
    report.recordFailure(failure("unauthorized"), new UUID(0, 1));
    report.recordFailure(failure("forbidden"), new UUID(0, 2));
    assertThat(report.refusedKeys()).containsExactly(new UUID(0, 1));

    report.recordFailure(
        new CallOutcome.ModelError(ModelErrorKind.FORBIDDEN, null, METADATA), new UUID(0, 3));

    assertThat(report.refusedKeys()).isEmpty();
  }

  private void recordStep(String step) {
    if (isFailure(step)) {
      report.recordKey();
      report.recordFailure(failure(step), new UUID(0, 1));
    } else if (step.equals("unsupported")) {
      report.recordUnsupported(
          SeatRefusal.ofKeys(GatewayError.of(ErrorKind.UNSUPPORTED_ROUTE, "Not served.")));
    } else {
      report.recordRefusal(refusal(step));
    }
  }

  private static boolean isFailure(String step) {
    return step.matches(
        "(unauthorized|forbidden|unknown_402|402_in_200|rate_limit|day_limit|bad_request|server_error).*");
  }

  private static CallMetadata metadata(@Nullable Integer status) {
    return new CallMetadata(
        new Evidence(NOW, "chat", status, "R20", "failed", Map.of(), null),
        5,
        Usage.NONE,
        new byte[0]);
  }

  private static SeatRefusal refusal(String step) {
    Instant end = NOW.plusSeconds(seconds(step));
    SeatGrant grant =
        switch (step.split(" ")[0]) {
          case "no_key" -> new SeatGrant.NoKey("No key is active.", null);
          case "paused" -> new SeatGrant.NoKey("The pool is paused.", end);
          case "busy" -> new SeatGrant.AllBusy(end);
          case "limited" -> new SeatGrant.AllLimited(end, null);
          case "token" -> new SeatGrant.RateLimited(new RemainingRequests(1, 0, end));
          default -> throw new IllegalArgumentException(step);
        };
    return SeatRefusal.of(grant, NOW);
  }

  private static CallOutcome failure(String step) {
    return switch (step.split(" ")[0]) {
      case "unauthorized" -> new CallOutcome.KeySuspect(false, METADATA);
      case "forbidden" -> new CallOutcome.KeySuspect(true, metadata(403));
      case "unknown_402" -> new CallOutcome.KeySuspect(true, metadata(402));
      case "402_in_200" -> new CallOutcome.KeySuspect(true, metadata(200));
      case "rate_limit" -> limited(KeyReason.RATE, null);
      case "day_limit" -> limited(KeyReason.FREE_DAILY, NOW.plusSeconds(seconds(step)));
      case "bad_request" -> new CallOutcome.RequestError(RequestErrorKind.INVALID, METADATA);
      case "server_error" -> new CallOutcome.Transient(TransientKind.SERVER, null, METADATA);
      default -> throw new IllegalArgumentException(step);
    };
  }

  private static CallOutcome limited(KeyReason reason, @Nullable Instant until) {
    return new CallOutcome.KeyLimited(
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, reason, until), null, METADATA);
  }

  private static long seconds(String step) {
    return step.contains(" ") ? Long.parseLong(step.split(" ")[1]) : 0;
  }

  /** The code and the wait in seconds of the reported refusal, or "failure". */
  private String reported() {
    return report
        .refusal()
        .map(
            refusal -> {
              var error = refusal.forClient(NOW);
              String wait = error.headers().getOrDefault("retry-after", "");
              return (error.kind().code() + " " + wait).strip();
            })
        .orElse("failure");
  }
}
