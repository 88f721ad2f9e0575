package dev.keywheel.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The observation that a decision is based on, kept to explain the decision later. Contains nothing
 * that looks like a key.
 *
 * @param source {@code key check}, {@code chat} or {@code image}
 * @param httpStatus null when no answer arrived
 * @param rule the row of the decision table that was applied, for instance {@code R15 free daily};
 *     {@code R23 > …} when the error was inside an HTTP 200
 * @param seen at most 500 characters of each answer, or of a description of the failure
 * @param headers the headers that trace the call or name a limit, with names in lower case
 * @param generationId the provider's id of the call, for requests to its support
 */
@JsonInclude(JsonInclude.Include.NON_NULL) // saves space: stored with every check of a key
public record Evidence(
    Instant at,
    String source,
    @Nullable Integer httpStatus,
    String rule,
    String seen,
    Map<String, String> headers,
    @Nullable String generationId) {

  public Evidence {
    headers = Map.copyOf(headers);
  }

  /** This evidence, extended with the evidence of the key check that followed. */
  public Evidence then(Evidence next) {
    String status = next.httpStatus == null ? "" : "HTTP " + next.httpStatus + ", ";
    return new Evidence(
        at,
        source,
        httpStatus,
        rule + "; then, in the " + next.source + ": " + next.rule,
        seen + " – then, in the " + next.source + ": " + status + next.seen,
        headers,
        generationId);
  }
}
