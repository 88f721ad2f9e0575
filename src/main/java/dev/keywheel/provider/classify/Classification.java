package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.http.Observation.TransportError;
import org.jspecify.annotations.Nullable;

/**
 * A row of the decision table with the parts of the answer that led to it.
 *
 * @param inside the row of the answer inside which the error was sent; null for a plain error
 * @param error the upstream's error, if any
 * @param completion the model's answer, if any
 * @param facts {@code data} of an accepted key check
 * @param unreachable why the host was not reached; null when it was reached
 * @param seen text for {@link Evidence#seen()}, before keys are removed
 */
record Classification(
    ResponseKind row,
    @Nullable ResponseKind inside,
    @Nullable UpstreamError error,
    @Nullable Completion completion,
    @Nullable JsonNode facts,
    @Nullable UnreachableKind unreachable,
    String seen) {

  static Classification of(ResponseKind responseKind, String seen) {
    return new Classification(responseKind, null, null, null, null, null, seen);
  }

  static Classification of(ResponseKind responseKind, TransportError transportError) {
    return new Classification(
        responseKind, null, null, null, null, transportError.kind(), transportError.sentence());
  }

  static Classification of(ResponseKind responseKind, Completion completion, String seen) {
    return new Classification(responseKind, null, null, completion, null, null, seen);
  }

  static Classification of(ResponseKind responseKind, UpstreamError upstreamError, String seen) {
    return new Classification(responseKind, null, upstreamError, null, null, null, seen);
  }

  static Classification facts(JsonNode data) {
    return new Classification(ResponseKind.USABLE, null, null, null, data, null, "");
  }

  Classification insideOf(ResponseKind place) {
    return new Classification(row, place, error, completion, facts, unreachable, seen);
  }

  Classification answeredBy(Completion answer) {
    return new Classification(row, inside, error, answer, facts, unreachable, seen);
  }

  /** The text for {@link Evidence#rule()}. */
  String rule() {
    return inside == null || inside == row ? row.label() : inside.label() + " > " + row.label();
  }
}
