package dev.keywheel.provider;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Observation.Loss;
import org.jspecify.annotations.Nullable;

/**
 * A row of the decision table with what it was found by.
 *
 * @param inside the row that says where an error was hidden; null when it came openly
 * @param complaint the upstream's error, when it made one
 * @param completion the model's answer, when there is one
 * @param facts {@code data} of a key check that worked
 * @param loss why nothing came, when nothing did
 * @param seen what happened in words fit for {@link Evidence#seen()}, before redaction
 */
record Finding(
    Row row,
    @Nullable Row inside,
    @Nullable Complaint complaint,
    @Nullable Completion completion,
    @Nullable JsonNode facts,
    @Nullable Loss loss,
    String seen) {

  static Finding of(Row row, String seen) {
    return new Finding(row, null, null, null, null, null, seen);
  }

  static Finding of(Row row, Loss loss) {
    return new Finding(row, null, null, null, null, loss, loss.sentence());
  }

  static Finding of(Row row, Completion completion, String seen) {
    return new Finding(row, null, null, completion, null, null, seen);
  }

  static Finding of(Row row, Complaint complaint, String seen) {
    return new Finding(row, null, complaint, null, null, null, seen);
  }

  static Finding facts(JsonNode data) {
    return new Finding(Row.USABLE, null, null, null, data, null, "");
  }

  Finding insideOf(Row place) {
    return new Finding(row, place, complaint, completion, facts, loss, seen);
  }

  Finding answeredBy(Completion answer) {
    return new Finding(row, inside, complaint, answer, facts, loss, seen);
  }

  /** As in {@link Evidence#rule()}. */
  String rule() {
    return inside == null || inside == row ? row.label() : inside.label() + " > " + row.label();
  }
}
