package dev.keywheel.provider.classify;

import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.limit.InconclusiveReason;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Maps a row of the decision table to the outcome of a key check. */
final class CheckOutcomeMapper {
  /** Pause of checks after a 429 that names no time. */
  private static final Duration SLOW_DOWN = Duration.ofSeconds(5);

  /** Row of an expired key. Its calls are refused (R2); only the key check names the cause. */
  private static final String EXPIRED = "R2 key expired";

  private CheckOutcomeMapper() {}

  static CheckOutcome of(Classification classification, Evidence evidence, int latencyMs) {
    Instant now = evidence.at();
    if (classification.facts() != null) {
      KeyInfo facts = KeyInfoParser.read(classification.facts());
      return new CheckOutcome.Accepted(facts, withFacts(facts, evidence), latencyMs);
    }
    return switch (classification.row()) {
      case KEY_REFUSED -> new CheckOutcome.Unauthorized(evidence, latencyMs);
      case MALFORMED_KEY -> new CheckOutcome.Malformed(evidence, latencyMs);
      case BARE_REFUSAL, NEEDS_MANAGEMENT_KEY ->
          inconclusive(InconclusiveReason.REFUSED_403, null, evidence, latencyMs);
      case CREDITS, BARE_402 ->
          inconclusive(InconclusiveReason.SAYS_CREDITS, null, evidence, latencyMs);
      case IN_FLIGHT -> inconclusive(InconclusiveReason.SAYS_IN_FLIGHT, null, evidence, latencyMs);
      case KEY_CAP -> inconclusive(InconclusiveReason.SAYS_KEY_CAP, null, evidence, latencyMs);
      case BUDGET -> inconclusive(InconclusiveReason.SAYS_BUDGET, null, evidence, latencyMs);
      case INVALID, UNSUPPORTED_PARAMETER, TOO_LONG ->
          inconclusive(InconclusiveReason.INVALID_QUESTION, null, evidence, latencyMs);
      case NO_ENDPOINT, ACCOUNT_POLICY, WRONG_ROUTE ->
          inconclusive(InconclusiveReason.NOT_FOUND, null, evidence, latencyMs);
      case UPSTREAM_CREDENTIAL,
          UPSTREAM_CREDIT,
          TOO_EXPENSIVE,
          MODERATION,
          MODEL_TYPE,
          WRONG_MODALITIES,
          REASONING_ONLY,
          CONTENT_FILTER,
          REFUSED ->
          inconclusive(InconclusiveReason.OF_A_MODEL, null, evidence, latencyMs);
      case TOO_BIG -> inconclusive(InconclusiveReason.TOO_BIG, null, evidence, latencyMs);
      case FREE_DAILY, FREE_MINUTE, UPSTREAM_LIMITED, BARE_LIMIT ->
          inconclusive(
              InconclusiveReason.SLOW_DOWN,
              pause(classification, now, SLOW_DOWN),
              evidence,
              latencyMs);
      case ADDRESS_BLOCKED ->
          inconclusive(
              InconclusiveReason.BLOCKED,
              AddressBlocked.clamp(pause(classification, now, AddressBlocked.MIN_PAUSE)),
              evidence,
              latencyMs);
      case HTML_ANSWER, REDIRECT ->
          inconclusive(InconclusiveReason.HTML, null, evidence, latencyMs);
      case SERVER -> inconclusive(InconclusiveReason.SERVER, null, evidence, latencyMs);
      case UNREACHABLE, RESET ->
          inconclusive(InconclusiveReason.NETWORK, null, evidence, latencyMs);
      case CUT, CUT_STREAM -> inconclusive(InconclusiveReason.CUT, null, evidence, latencyMs);
      case TIMED_OUT, ONLY_KEEP_ALIVE ->
          inconclusive(InconclusiveReason.TIMEOUT, null, evidence, latencyMs);
      case USABLE,
          ERROR_INSIDE_SUCCESS,
          EMPTY,
          CHOICE_ERROR,
          STREAM_ERROR,
          NOT_JSON,
          NO_BODY,
          UNKNOWN ->
          inconclusive(InconclusiveReason.UNEXPECTED, null, evidence, latencyMs);
    };
  }

  /** The evidence with the facts of the key, and the row that they match. */
  private static Evidence withFacts(KeyInfo facts, Evidence evidence) {
    String rule = evidence.rule();
    if (facts.managementKey()) {
      rule += " > " + ResponseKind.NEEDS_MANAGEMENT_KEY.label();
    } else if (facts.expired(evidence.at())) {
      rule += " > " + EXPIRED;
    } else if (facts.spent()) {
      rule += " > " + ResponseKind.KEY_CAP.label();
    } else if (facts.freeDayUsedUp()) {
      rule += " > " + ResponseKind.FREE_DAILY.label();
    }
    return new Evidence(
        evidence.at(),
        evidence.source(),
        evidence.httpStatus(),
        rule,
        facts.summary(evidence.at()),
        evidence.headers(),
        evidence.generationId());
  }

  private static CheckOutcome inconclusive(
      InconclusiveReason reason, @Nullable Duration retryAfter, Evidence evidence, int latencyMs) {
    return new CheckOutcome.Inconclusive(reason, retryAfter, evidence, latencyMs);
  }

  private static Duration pause(Classification classification, Instant now, Duration otherwise) {
    return classification.error() == null
        ? otherwise
        : classification.error().retryAfter(now).orElse(otherwise);
  }
}
