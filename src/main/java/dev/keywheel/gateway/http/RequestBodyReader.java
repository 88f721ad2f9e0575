package dev.keywheel.gateway.http;

import dev.keywheel.net.BodyDrain;
import dev.keywheel.time.Stopwatch;
import dev.keywheel.time.TimeLimits;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads request bodies into memory, within a limit for each body and a limit for all bodies. */
public final class RequestBodyReader {
  static final int MAX_BODY_BYTES = 32 << 20;

  /** Maximum bytes of a refused body that are discarded, so that the client reads the refusal. */
  private static final long MAX_DRAINED_BYTES = 2L * MAX_BODY_BYTES;

  private static final int MIN_DRAINED_PER_SECOND = 100_000; // a slower body is not read to its end
  private static final int MIN_BYTES_PER_SECOND = 1_024;
  private static final int FIRST_SIZE = 16 << 10;

  private static final String PLAIN_JSON = "application/json";

  private static final Pattern JSON =
      Pattern.compile(
          PLAIN_JSON + "(\\s*;\\s*+(charset=\"?utf-?8\"?|(?!charset)[^;]*))*+",
          Pattern.CASE_INSENSITIVE);

  private final Duration grace;
  private final BufferedBytes buffered;
  private final TimeLimits limits = new TimeLimits();

  /**
   * @param maxBytes maximum bytes of the bodies of all requests in progress
   */
  public RequestBodyReader(long maxBytes, GatewayTimeouts timeouts) {
    this.grace = timeouts.upload();
    this.buffered =
        new BufferedBytes(
            maxBytes, "The gateway holds too many large requests. Try again in a moment.");
  }

  /** A body in memory. Closing it frees its share of the limit for all bodies. */
  public final class BufferedBody implements AutoCloseable {
    private final BufferedBytes.Share share = buffered.share();
    private byte[] bytes = new byte[0];

    public byte[] bytes() {
      return bytes;
    }

    @Override
    public void close() {
      share.close();
    }
  }

  /** Refuses a body that is encoded, is not JSON, or is declared as larger than 32 MB. */
  public static void checkHeaders(HttpFields headers) {
    String transfer = headers.get(HttpHeader.TRANSFER_ENCODING);
    if (transfer != null && !transfer.strip().equalsIgnoreCase("chunked")) {
      throw new RefusedRequest(
          GatewayError.of(
                  ErrorKind.UNSUPPORTED_TRANSFER_ENCODING,
                  "The gateway accepts only Transfer-Encoding: chunked.")
              .noRetry());
    }
    String encoding = headers.get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.isBlank() && !encoding.equalsIgnoreCase("identity")) {
      throw RefusedRequest.of(
          ErrorKind.UNSUPPORTED_MEDIA_TYPE,
          "The gateway accepts no compressed bodies. Send the request without Content-Encoding.");
    }
    List<String> types = headers.getValuesList(HttpHeader.CONTENT_TYPE);
    if (types.isEmpty() || !types.stream().allMatch(RequestBodyReader::isJson)) {
      throw RefusedRequest.of(
          ErrorKind.UNSUPPORTED_MEDIA_TYPE,
          "Send the request with Content-Type: application/json.");
    }
    if (headers.getLongField(HttpHeader.CONTENT_LENGTH) > MAX_BODY_BYTES) {
      throw tooLarge();
    }
  }

  private static boolean isJson(String type) {
    return type.equals(PLAIN_JSON) || JSON.matcher(type.strip()).matches();
  }

  public BufferedBody read(Request request, ClientRequest client) throws InterruptedException {
    var body = new BufferedBody();
    client.recordBodyRequest();
    try {
      fill(request, body);
      return body;
    } catch (RuntimeException | InterruptedException e) {
      body.close();
      if (e instanceof RefusedRequest refused
          && refused.error().kind() == ErrorKind.UPLOAD_TOO_SLOW) {
        client.abandonBody();
      }
      throw e;
    }
  }

  private void fill(Request request, BufferedBody body) throws InterruptedException {
    var since = new Stopwatch();
    byte[] bytes = new byte[firstSize(request.getLength())];
    int length = 0;
    while (true) {
      Content.Chunk chunk = next(request, since, length);
      try {
        int more = chunk.remaining();
        if (length + more > MAX_BODY_BYTES) {
          throw tooLarge();
        }
        if (length + more > bytes.length) {
          int size = size(length + more, request.getLength());
          body.share.hold(size);
          bytes = Arrays.copyOf(bytes, size);
        }
        chunk.getByteBuffer().get(bytes, length, more);
        length += more;
        if (chunk.isLast()) {
          body.bytes = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
          body.share.hold(length);
          return;
        }
      } finally {
        chunk.release();
      }
    }
  }

  /** The initial size of the buffer, which is small even if the client announces many bytes. */
  private static int firstSize(long announced) {
    return announced < 0 ? FIRST_SIZE : (int) Math.min(announced, FIRST_SIZE);
  }

  /** The new size of the buffer: twice the needed bytes, but at most what the client announced. */
  private static int size(int needed, long announced) {
    long most = announced < needed ? MAX_BODY_BYTES : announced;
    return (int) Math.min(2L * needed, most);
  }

  private static RefusedRequest tooLarge() {
    return RefusedRequest.of(
        ErrorKind.TOO_LARGE, "The request is larger than 32 MB. Split it into smaller requests.");
  }

  /** Waits for the next bytes; refuses a body that is slower than {@link #MIN_BYTES_PER_SECOND}. */
  private Content.Chunk next(Request request, Stopwatch since, long read)
      throws InterruptedException {
    while (true) {
      Content.Chunk chunk = request.read();
      if (Content.Chunk.isFailure(chunk)) {
        throw RefusedRequest.of(ErrorKind.INVALID_BODY, "The body of the request is incomplete.");
      }
      if (chunk != null) {
        return chunk;
      }
      Duration allowed = grace.plusMillis(read * 1_000 / MIN_BYTES_PER_SECOND);
      var ready = new CountDownLatch(1);
      request.demand(ready::countDown);
      if (!limits.await(ready, allowed.minus(since.elapsed()))) {
        throw RefusedRequest.of(
            ErrorKind.UPLOAD_TOO_SLOW,
            "The request arrives too slowly. Send it at 1 kB a second or faster.");
      }
    }
  }

  /**
   * A drain for the rest of a refused body; not allowed after {@link ClientRequest#abandonBody}.
   *
   * @param grace the time allowed in addition to one second per 100 kB
   */
  public static BodyDrain drain(Duration grace) {
    return new BodyDrain(MAX_DRAINED_BYTES, grace, MIN_DRAINED_PER_SECOND);
  }

  /**
   * Like {@link #drain}, but takes at most the time {@code most}, however fast the bytes arrive.
   */
  public static BodyDrain drainWithin(Duration most) {
    return new BodyDrain(MAX_DRAINED_BYTES, most);
  }
}
