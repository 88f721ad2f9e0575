package dev.keywheel.gateway.call;

import dev.keywheel.gateway.call.AttemptResult.Answered;
import dev.keywheel.gateway.call.AttemptResult.Refused;
import dev.keywheel.gateway.call.AttemptResult.Stopped;
import dev.keywheel.gateway.http.AnswerSource;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientChannel;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.http.GatewayErrors;
import dev.keywheel.gateway.http.RefusedRequest;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.stream.ErrorEvent;
import dev.keywheel.gateway.stream.StreamFilter;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.socket.UpstreamExchange.Aborted;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import dev.keywheel.time.Stopwatch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Relays one stream. A failure after the first content is reported to the client as an event. */
final class StreamRelay {
  /** Maximum wait for the end of a stream after its last event; some providers never end it. */
  private static final Duration AFTER_THE_END = Duration.ofSeconds(5);

  /** Maximum bytes of a stream that are not counted as buffered: enough for an event of 64 kB. */
  private static final int UNCOUNTED_BYTES = 128 << 10;

  private static final String CUT = "The provider's answer was cut off. Send the request again.";
  private static final String TOO_LARGE =
      "The provider sent an event that is too large to be passed on, so the answer is incomplete.";
  private static final String LATE =
      "The provider stopped sending, so the answer is incomplete. Send the request again.";

  private final RelayedAttempt attempt;
  private final AnswerSource source;
  private final ClientChannel client;
  private final Head head;
  private final String requestId;
  private final StreamFilter filter;
  private Stopwatch sinceByte = new Stopwatch();
  private Stopwatch sinceContent = new Stopwatch();

  /** Time waited for memory since the last content; it extends the timeouts for content. */
  private Duration waitedForMemory = Duration.ZERO;

  StreamRelay(RelayedAttempt attempt, Head head, String requestId) {
    this.attempt = attempt;
    this.source = attempt.source();
    this.client = attempt.client();
    this.head = head;
    this.requestId = requestId;
    this.filter = new StreamFilter(attempt.protocol(), client.committed());
  }

  /**
   * @param begun the beginning of the stream, which was already read
   */
  AttemptResult run(byte[] begun) throws InterruptedException, ClientLost {
    try {
      AttemptResult result = accept(List.of(ByteBuffer.wrap(begun)));
      return result == null ? run() : result;
    } catch (ClientLost lost) {
      if (attempt.protocol().finished()) {
        return new Answered(GatewayAttemptState.OK, null, null, lost);
      }
      throw lost;
    }
  }

  private AttemptResult run() throws InterruptedException, ClientLost {
    while (true) {
      var signal = source.next(!filter.flowing(), this::left);
      @Nullable AttemptResult result =
          switch (signal) {
            case Bytes(var parts) -> accept(parts);
            case dev.keywheel.provider.socket.UpstreamExchange.End _ -> {
              source.complete();
              yield step(filter.end());
            }
            case Failed _ -> endEarly(End.CUT, "upstream_truncated", CUT);
            case Nothing _, Head _ -> endEarly(End.LATE, "upstream_timeout", LATE);
            case Aborted _ -> endCancelled();
          };
      if (result != null) {
        return result;
      }
    }
  }

  private Duration left() {
    Duration silence = source.timeouts().silence().minus(sinceByte.elapsed());
    if (attempt.protocol().finished()) {
      return Collections.min(List.of(silence, AFTER_THE_END.minus(sinceContent.elapsed())));
    }
    Duration content =
        filter.flowing()
            ? source.timeouts().idle().minus(sinceContent.elapsed())
            : source.timeLeftForFirst();
    return Collections.min(List.of(silence, content.plus(waitedForMemory)));
  }

  private @Nullable AttemptResult accept(List<ByteBuffer> parts)
      throws InterruptedException, ClientLost {
    sinceByte = new Stopwatch();
    if (client.committed()) {
      filter.commit();
    }
    for (ByteBuffer part : parts) {
      AttemptResult result = step(filter.accept(part));
      if (result != null) {
        return result;
      }
      try {
        hold(filter.size());
      } catch (RefusedRequest overloaded) { // memory is short
        if (!filter.flowing()) {
          throw overloaded;
        }
        return truncate(overloaded.error());
      }
    }
    sinceByte = new Stopwatch(); // the provider waited while the client took the bytes
    return null;
  }

  private void hold(int size) throws InterruptedException, ClientLost {
    if (size <= UNCOUNTED_BYTES) {
      source.hold(0, true);
    } else {
      var waiting = new Stopwatch();
      source.hold(size, true);
      waitedForMemory = waitedForMemory.plus(waiting.elapsed());
    }
  }

  private @Nullable AttemptResult step(Step step) throws ClientLost {
    return switch (step) {
      case StreamFilter.Waiting(var comments) -> {
        client.write(attempt.withoutKey(comments));
        yield null;
      }
      case StreamFilter.Pass(var bytes, var content) -> {
        pass(bytes);
        if (content) {
          sinceContent = new Stopwatch();
          waitedForMemory = Duration.ZERO;
        }
        yield null;
      }
      case StreamFilter.Failed failed -> fail(failed);
      case StreamFilter.Broken _ -> endEarly(End.TOO_BIG, "upstream_truncated", TOO_LARGE);
      case StreamFilter.Ended(var bytes, var complete, var empty) -> {
        if (empty) {
          yield refused(End.CUT);
        }
        pass(bytes);
        yield complete ? complete() : truncate("upstream_truncated", CUT);
      }
    };
  }

  private void pass(byte[] bytes) throws ClientLost {
    if (filter.answering() && bytes.length > 0) {
      attempt.recordContent();
    }
    if (attempt.protocol().finished()) {
      attempt.reportReferences();
    }
    byte[] clean = attempt.withoutKey(bytes);
    if (filter.flowing()) {
      client.stream(() -> attempt.headers(head.headers()), clean);
    } else {
      client.write(clean);
    }
  }

  /**
   * Sends the error of the provider. It counts for the key even if the client disconnects when it
   * receives the error, as some SDKs do.
   */
  private AttemptResult fail(StreamFilter.Failed failed) {
    Reply error = PlainBody.error(head.status(), head.headers(), failed.body());
    Reply seen = PlainBody.toClassify(error, null);
    if (failed.first()) {
      return new Refused(seen);
    }
    @Nullable ClientLost lost = null;
    try {
      pass(failed.before());
      client.write(clean(failed.event()));
      client.write(clean(failed.after()));
      client.end();
    } catch (ClientLost gone) {
      lost = gone;
    }
    return new Answered(GatewayAttemptState.HTTP_ERROR, seen, "upstream_error", lost);
  }

  /** Masks the key. A thorough search of a large event would take many seconds. */
  private byte[] clean(byte[] event) {
    return event.length <= PlainBody.MAX_CLASSIFIED_BYTES
        ? attempt.clean(Map.of(), event).body()
        : attempt.withoutKey(event);
  }

  private AttemptResult endEarly(End how, String code, String message) throws ClientLost {
    var protocol = attempt.protocol();
    if (how == End.LATE ? protocol.complete() : protocol.finished()) {
      return complete();
    }
    return filter.flowing() ? truncate(code, message) : refused(how);
  }

  private Refused refused(End how) {
    return new Refused(RelayedAttempt.reply(head, new byte[0], how));
  }

  private AttemptResult complete() throws ClientLost {
    client.end();
    return new Answered(GatewayAttemptState.OK, null, null);
  }

  private AttemptResult truncate(String code, String message) throws ClientLost {
    return truncate(code, new ErrorEvent(code, message, requestId));
  }

  private AttemptResult truncate(GatewayError error) throws ClientLost {
    return truncate(error.kind().code(), error.event(requestId));
  }

  private AttemptResult truncate(String code, ErrorEvent error) throws ClientLost {
    byte[] event = filter.failure(error);
    client.write(attempt.withoutKey(event)); // the event may repeat the provider's text
    client.end();
    return new Answered(GatewayAttemptState.TRUNCATED, null, code);
  }

  private AttemptResult abort() throws ClientLost {
    truncate(GatewayErrors.aborted());
    return new Answered(GatewayAttemptState.CLIENT_GONE, null, ErrorKind.ABORTED.code());
  }

  private AttemptResult endCancelled() throws ClientLost {
    Reason reason = source.cancellation().reason();
    if (attempt.protocol().finished()) {
      boolean connected = reason == Reason.STOPPING || reason == Reason.ABORTED;
      return connected ? complete() : new Answered(GatewayAttemptState.OK, null, null);
    }
    if (!filter.flowing()) {
      return new Stopped();
    }
    return switch (reason) {
      case STOPPING ->
          truncate(
              GatewayError.of(
                  ErrorKind.UNAVAILABLE,
                  "This node is stopping or restarting, so the answer is incomplete. Send the"
                      + " request again."));
      case ABORTED -> abort();
      case CLIENT_GONE, CLIENT_STALLED -> throw ClientLost.because(reason);
      case null -> throw ClientLost.because(Reason.CLIENT_GONE);
    };
  }
}
