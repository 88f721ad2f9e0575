package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.AnswerSource;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.PassedHeaders;
import dev.keywheel.gateway.stream.AnswerPeek;
import dev.keywheel.gateway.stream.StreamFilter;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.gateway.stream.StreamProtocol;
import dev.keywheel.gateway.stream.StreamStart;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.socket.UpstreamExchange;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.time.Stopwatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the complete body of an answer, unless its first bytes show that it is the requested
 * stream. The bytes decide, not the content type: some providers label their streams as JSON or not
 * at all, and complete answers as streams.
 */
final class PlainBody {
  private static final Pattern JSON_TYPE =
      Pattern.compile("(?i)application/([^;,+/]+\\+)?json\\s*(;|$)");
  private static final int MAX_ANSWER_BYTES = 64 << 20;

  /** Maximum bytes of a body that is classified, which takes several times as much memory. */
  static final int MAX_CLASSIFIED_BYTES = 1 << 20;

  private final AnswerSource source;
  private final Head head;
  private final boolean labelledAsStream;
  private final boolean sendComments;
  private final boolean success;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private StreamStart start;

  PlainBody(AnswerSource source, Head head) {
    this.source = source;
    boolean encoded = PassedHeaders.encoding(head.headers()).isPresent();
    this.labelledAsStream = RelayedAttempt.isStream(head) && !encoded;
    this.sendComments = source.streamed() && !encoded; // comments cannot be added to encoded bytes
    // Clients would not parse a complete answer with the content type of a stream.
    this.head = labelledAsStream ? new Head(head.status(), asJson(head.headers())) : head;
    this.success = head.status() < 300;
    this.start = source.streamed() && success ? StreamStart.UNDECIDED : StreamStart.OTHER;
  }

  /**
   * Returns empty when the request was cancelled, or when the body is the requested stream; {@link
   * #soFar} then returns its beginning.
   */
  Optional<Reply> read() throws InterruptedException, ClientLost {
    var sinceByte = new Stopwatch[] {new Stopwatch()};
    boolean[] begun = {false};
    Supplier<Duration> left =
        () -> {
          Duration silence = source.timeouts().silence().minus(sinceByte[0].elapsed());
          Duration first = source.timeLeftForFirst();
          boolean events = labelledAsStream && source.streamed();
          return begun[0] || (events && silence.compareTo(first) < 0) ? silence : first;
        };
    while (true) {
      switch (source.next(sendComments, left)) {
        case Bytes(var parts) -> {
          for (ByteBuffer part : parts) {
            begun[0] |= add(part);
          }
          sinceByte[0] = new Stopwatch();
          if (start == StreamStart.UNDECIDED) {
            start = labelledAsStream ? StreamStart.ofLabelled(soFar()) : StreamStart.of(soFar());
          }
          if (isStream()) {
            return Optional.empty();
          }
          if (body.size() > (success ? MAX_ANSWER_BYTES : MAX_CLASSIFIED_BYTES)) {
            return reply(End.TOO_BIG);
          }
        }
        case UpstreamExchange.End _ -> {
          source.complete();
          return reply(End.WHOLE);
        }
        case Failed _ -> {
          return reply(End.CUT);
        }
        case UpstreamExchange.Aborted _ -> {
          return Optional.empty();
        }
        case UpstreamExchange.Nothing _, Head _ -> {
          return reply(End.LATE);
        }
      }
    }
  }

  boolean isStream() {
    return start == StreamStart.EVENTS;
  }

  /** Whether the answer is a stream that was not requested. */
  boolean isUnrequestedStream(Reply reply) {
    return success
        && !source.streamed()
        && reply.end() == End.WHOLE
        && StreamStart.of(reply.body()) == StreamStart.EVENTS;
  }

  /**
   * The result of a stream that was not requested: its error if there is one, otherwise the wrong
   * format.
   */
  static AttemptResult unrequestedStream(Reply reply, StreamProtocol protocol) {
    Reply toClassify = toClassify(reply, null);
    var filter = new StreamFilter(protocol, false);
    Step step = filter.accept(ByteBuffer.wrap(toClassify.body()));
    if (step instanceof StreamFilter.Waiting || step instanceof StreamFilter.Pass) {
      step = filter.end();
    }
    return step instanceof StreamFilter.Failed failed
        ? new AttemptResult.Refused(error(reply.status(), reply.headers(), failed.body()))
        : new AttemptResult.Refused(toClassify, true);
  }

  /** The error of a stream, in the format of an answer that is not a stream. */
  static Reply error(int status, Map<String, String> headers, byte[] error) {
    return new Reply(status, asJson(headers), error, End.WHOLE);
  }

  /** Headers of a complete answer with a JSON type, without which many SDKs do not parse it. */
  static Map<String, String> withJsonType(Map<String, String> headers) {
    return JSON_TYPE.matcher(headers.getOrDefault("content-type", "")).lookingAt()
        ? headers
        : asJson(headers);
  }

  private static Map<String, String> asJson(Map<String, String> headers) {
    var changed = new TreeMap<>(headers);
    changed.put("content-type", "application/json");
    return changed;
  }

  byte[] soFar() {
    return body.toByteArray();
  }

  /** Appends a part of the body. Returns whether it contains anything other than white space. */
  private boolean add(ByteBuffer part) throws InterruptedException, ClientLost {
    var piece = new byte[part.remaining()];
    part.get(piece);
    if (success && start != StreamStart.UNDECIDED) { // an error is read even without room for it
      source.hold(body.size() + piece.length, sendComments);
    }
    body.writeBytes(piece);
    for (byte next : piece) {
      if (next > ' ' || next < 0) {
        return true;
      }
    }
    return false;
  }

  private Optional<Reply> reply(End end) {
    return Optional.of(RelayedAttempt.reply(head, body.toByteArray(), end));
  }

  /**
   * The reply to classify. A large body is replaced by its error, or cut to its beginning if it
   * contains no error.
   */
  static Reply toClassify(Reply reply, @Nullable AnswerPeek answer) {
    if (reply.body().length <= MAX_CLASSIFIED_BYTES) {
      return reply;
    }
    byte[] error = answer == null ? new byte[0] : answer.errorBody();
    return error.length > 0
        ? new Reply(reply.status(), reply.headers(), error, reply.end())
        : new Reply(
            reply.status(),
            reply.headers(),
            Arrays.copyOf(reply.body(), MAX_CLASSIFIED_BYTES),
            End.TOO_BIG);
  }
}
