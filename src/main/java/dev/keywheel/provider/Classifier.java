package dev.keywheel.provider;

import dev.keywheel.provider.Observation.Reply;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what an answer means. Pure: the same observation gives the same outcome.
 *
 * <p>The decision it takes for the whole product: an answer changes what is known of a key only
 * when it names a limit of that key or its account. Everything else is told as the fault of the
 * model, the request, the host or the moment, so that no good key leaves the rotation for what it
 * did not do. The price is that a key which the upstream refuses in a way not in the table stays in
 * use until its check says more.
 */
final class Classifier {
  private Classifier() {}

  /** What a call to a model came to. */
  static CallOutcome call(Observation seen, Asked asked, Instant now, int latencyMs) {
    Finding finding = Reading.of(seen, asked);
    return CallMeaning.of(finding, asked, trace(finding, seen, asked, now, latencyMs));
  }

  /** What a key check came to. */
  static CheckOutcome check(Observation seen, Instant now, int latencyMs) {
    Finding finding = Reading.of(seen, Asked.keyCheck());
    return CheckMeaning.of(finding, evidence(finding, seen, Asked.keyCheck(), now), latencyMs);
  }

  private static Trace trace(
      Finding finding, Observation seen, Asked asked, Instant now, int latencyMs) {
    Usage usage = finding.completion() == null ? Usage.NONE : finding.completion().usage();
    return new Trace(evidence(finding, seen, asked, now), latencyMs, usage, raw(seen));
  }

  private static byte[] raw(Observation seen) {
    return seen instanceof Reply reply ? reply.body() : new byte[0];
  }

  private static Evidence evidence(Finding finding, Observation seen, Asked asked, Instant now) {
    Integer status = seen instanceof Reply reply ? (Integer) reply.status() : null;
    Map<String, String> headers =
        seen instanceof Reply reply ? Redaction.telling(reply.headers()) : Map.of();
    return new Evidence(
        now,
        asked.phase().words(),
        status,
        finding.rule(),
        Redaction.excerpt(finding.seen()),
        headers,
        generationId(finding, headers));
  }

  private static @Nullable String generationId(Finding finding, Map<String, String> headers) {
    String header = headers.getOrDefault("x-generation-id", "");
    if (!header.isEmpty()) {
      return header;
    }
    Completion answer = finding.completion();
    return answer == null || answer.id().isEmpty() ? null : Redaction.excerpt(answer.id());
  }
}
