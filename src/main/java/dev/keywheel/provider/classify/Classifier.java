package dev.keywheel.provider.classify;

import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.RequestContext;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Classifies answers. Pure: the same observation gives the same outcome.
 *
 * <p>An answer changes the state of a key only when it refuses the key or names a limit of the key
 * or its account, or, briefly, for a 429 that names no cause. Everything else counts as a fault of
 * the model, the request or the host, so that no working key leaves the rotation because of it. The
 * disadvantage: a key that the upstream refuses in an unknown way stays in use until its next
 * check.
 */
public final class Classifier {
  private Classifier() {}

  public static CallOutcome call(
      Observation seen, RequestContext requestContext, Instant now, int latencyMs) {
    Classification classification = ResponseClassifier.of(seen, requestContext);
    return CallOutcomeMapper.of(
        classification,
        requestContext,
        metadata(classification, seen, requestContext, now, latencyMs));
  }

  public static CheckOutcome check(Observation seen, Instant now, int latencyMs) {
    Classification classification = ResponseClassifier.of(seen, RequestContext.keyCheck());
    return CheckOutcomeMapper.of(
        classification, evidence(classification, seen, RequestContext.keyCheck(), now), latencyMs);
  }

  private static CallMetadata metadata(
      Classification classification,
      Observation seen,
      RequestContext requestContext,
      Instant now,
      int latencyMs) {
    Usage usage =
        classification.completion() == null ? Usage.NONE : classification.completion().usage();
    return new CallMetadata(
        evidence(classification, seen, requestContext, now), latencyMs, usage, raw(seen));
  }

  private static byte[] raw(Observation seen) {
    return seen instanceof Reply reply ? reply.body() : new byte[0];
  }

  private static Evidence evidence(
      Classification classification, Observation seen, RequestContext requestContext, Instant now) {
    Integer status = seen instanceof Reply reply ? (Integer) reply.status() : null;
    Map<String, String> headers =
        seen instanceof Reply reply ? EvidenceText.evidenceOf(reply.headers()) : Map.of();
    return new Evidence(
        now,
        requestContext.kind().label(),
        status,
        classification.rule(),
        EvidenceText.excerpt(classification.seen()),
        headers,
        generationId(classification, headers));
  }

  private static @Nullable String generationId(
      Classification classification, Map<String, String> headers) {
    String header = headers.getOrDefault("x-generation-id", "");
    if (!header.isEmpty()) {
      return header;
    }
    Completion answer = classification.completion();
    return answer == null || answer.id().isEmpty() ? null : EvidenceText.excerpt(answer.id());
  }
}
