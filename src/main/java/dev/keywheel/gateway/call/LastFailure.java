package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.stream.AnswerReader;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyRefusal;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.ResetTime;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The failed attempt that a client hears of when no other helps. A provider's error about the
 * request goes out as it came; what it says about a key of the pool does not concern the client.
 *
 * @param seen without the key
 */
record LastFailure(Observation seen, CallOutcome outcome) {
  private static final int BAD_GATEWAY = 502;
  private static final int ERRORS = 400;

  /** Whether the cause was that one key. */
  boolean ofKey() {
    return outcome instanceof KeyRefusal;
  }

  /**
   * Whether the answer reported a limit without naming what it applies to. If keys stay usable in
   * spite of it, it is the provider's own.
   */
  boolean limitOfUnknown() {
    return outcome instanceof KeyLimited limited && limited.limit().reason() == KeyReason.RATE;
  }

  /** The provider's answer, when the client should get it. */
  Optional<Reply> forClient() {
    return seen instanceof Reply reply
            && reply.end() == End.WHOLE
            && concernsClient()
            && AnswerReader.read(reply.body()).isPresent()
        ? Optional.of(new Reply(status(reply), reply.headers(), reply.body(), reply.end()))
        : Optional.empty();
  }

  private boolean concernsClient() {
    return switch (outcome) {
      case RequestError _, InsufficientCredit _, Transient _ -> true;
      case ModelError error ->
          error.kind() != ModelErrorKind.BYOK && error.kind() != ModelErrorKind.PROVIDER_CREDITS;
      default -> limitOfUnknown();
    };
  }

  /** An error inside a success goes out under its own status, or clients would take it as one. */
  private static int status(Reply reply) {
    if (!reply.success()) {
      return reply.status() < ERRORS ? BAD_GATEWAY : reply.status();
    }
    int inner = AnswerReader.read(reply.body()).map(AnswerReader::innerStatus).orElse(0);
    return inner == 0 ? BAD_GATEWAY : inner;
  }

  /** Whether a repetition by the client is useless, because the gateway has repeated it already. */
  boolean triedEnough() {
    return outcome instanceof Transient;
  }

  /** Whether the provider asks clients to wait for longer than they do in the same way. */
  boolean asksForLongWait(Instant now) {
    return seen instanceof Reply reply
        && Stream.of(reply.header("retry-after"), reply.header("retry-after-ms") + "ms")
            .flatMap(wait -> ResetTime.wait(wait, now).stream())
            .anyMatch(GatewayError::isLong);
  }

  /** The error for a client that does not get the provider's answer. */
  GatewayError error() {
    if (ofKey()) {
      return GatewayError.of(
          ErrorKind.NO_KEY,
          "The provider refused every key that was tried for this request. Check the keys of the"
              + " pool, or try again later.");
    }
    return outcome instanceof TimedOut
        ? GatewayError.of(ErrorKind.UPSTREAM_TIMEOUT, "The provider did not answer in time.")
            .noRetry()
        : GatewayError.of(
                ErrorKind.UPSTREAM_ERROR,
                "The provider could not be reached, or its answer was not usable.")
            .noRetry();
  }
}
