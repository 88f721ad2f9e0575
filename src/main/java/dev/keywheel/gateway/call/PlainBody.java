package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.stream.AnswerReader;
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
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The body of an answer that is no stream, read whole. */
final class PlainBody {
  private static final int LARGEST_ANSWER = 64 << 20;

  /** Maximum size of a body to classify, which takes several times its size in memory. */
  private static final int LARGEST_JUDGED = 1 << 20;

  private final RelayedAttempt attempt;
  private final Head head;
  private final boolean success;

  PlainBody(RelayedAttempt attempt, Head head) {
    this.attempt = attempt;
    this.head = head;
    this.success = head.status() < 300;
  }

  /** Empty when the request was cancelled. */
  Optional<Reply> read() throws InterruptedException, ClientLost {
    var body = new ByteArrayOutputStream();
    var sinceByte = new Stopwatch[] {new Stopwatch()};
    boolean[] begun = {false};
    Supplier<Duration> left =
        () ->
            begun[0]
                ? attempt.timeouts().silence().minus(sinceByte[0].elapsed())
                : attempt.leftForFirst();
    while (true) {
      switch (attempt.next(attempt.streamed(), left)) {
        case Bytes(var parts) -> {
          for (ByteBuffer part : parts) {
            begun[0] |= add(part, body);
          }
          sinceByte[0] = new Stopwatch();
          if (body.size() > (success ? LARGEST_ANSWER : LARGEST_JUDGED)) {
            return reply(body, End.TOO_BIG);
          }
        }
        case UpstreamExchange.End _ -> {
          attempt.over();
          return reply(body, End.WHOLE);
        }
        case Failed _ -> {
          return reply(body, End.CUT);
        }
        case UpstreamExchange.Aborted _ -> {
          return Optional.empty();
        }
        case UpstreamExchange.Nothing _, Head _ -> {
          return reply(body, End.LATE);
        }
      }
    }
  }

  /** Whether the part has more than white space. */
  private boolean add(ByteBuffer part, ByteArrayOutputStream body)
      throws InterruptedException, ClientLost {
    var piece = new byte[part.remaining()];
    part.get(piece);
    if (success) { // an error is always judged
      attempt.hold(body.size() + piece.length, attempt.streamed());
    }
    body.writeBytes(piece);
    for (byte next : piece) {
      if (next > ' ' || next < 0) {
        return true;
      }
    }
    return false;
  }

  private Optional<Reply> reply(ByteArrayOutputStream body, End end) {
    return Optional.of(RelayedAttempt.reply(head, body.toByteArray(), end));
  }

  /** The body by which a success is classified; of a large one only its error or its beginning. */
  static Reply judged(Reply reply, @Nullable AnswerReader answer) {
    if (reply.body().length <= LARGEST_JUDGED) {
      return reply;
    }
    byte[] error = answer == null ? new byte[0] : answer.errorBody();
    return error.length > 0
        ? new Reply(reply.status(), reply.headers(), error, reply.end())
        : new Reply(
            reply.status(),
            reply.headers(),
            Arrays.copyOf(reply.body(), LARGEST_JUDGED),
            End.TOO_BIG);
  }
}
