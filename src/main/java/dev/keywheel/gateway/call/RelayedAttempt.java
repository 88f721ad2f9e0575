package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.AnswerSource;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientChannel;
import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.http.PassedHeaders;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.stream.AnswerPeek;
import dev.keywheel.gateway.stream.StreamProtocol;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.http.KeyRedactor;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.socket.UpstreamExchange;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * One exchange with a provider, relayed to the client. An answer that is not a stream is read
 * completely before the client gets any of it, since it may contain an error.
 */
final class RelayedAttempt {
  private static final String STREAM = "text/event-stream";
  private static final String PAGE = "text/html";

  private final AnswerSource source;
  private final KeyRedactor redactor;
  private final ClientChannel client;
  private final StreamProtocol protocol;
  private final Function<Map<String, String>, Map<String, String>> headers;
  private final Consumer<List<String>> onReferences;
  private final Runnable onFirstContent;
  private @Nullable Integer status;
  private @Nullable Integer sendToContentMs;
  private @Nullable Integer arrivalToContentMs;
  private String generationId = "";
  private @Nullable AnswerPeek answer;
  private boolean streamed;
  private boolean referencesReported;

  /**
   * @param headers converts the provider's headers to those for the client
   * @param onReferences receives the references that a later request can continue from, before the
   *     client receives the end of the answer
   * @param onFirstContent runs before the first content is sent to the client
   */
  RelayedAttempt(
      AnswerSource source,
      KeyRedactor redactor,
      ClientChannel client,
      StreamProtocol protocol,
      Function<Map<String, String>, Map<String, String>> headers,
      Consumer<List<String>> onReferences,
      Runnable onFirstContent) {
    this.source = source;
    this.redactor = redactor;
    this.client = client;
    this.protocol = protocol;
    this.headers = headers;
    this.onReferences = onReferences;
    this.onFirstContent = onFirstContent;
  }

  AttemptResult run(String requestId) throws InterruptedException, ClientLost {
    try (source) {
      Signal first = source.next(source.streamed(), source::timeLeftForFirst);
      return switch (first) {
        case Head sent -> {
          status = sent.status();
          generationId = sent.headers().getOrDefault("x-generation-id", "");
          yield relay(sent, requestId);
        }
        case Failed(var error) -> new AttemptResult.Refused(new Observation.Failed(error));
        case UpstreamExchange.Aborted _ -> new AttemptResult.Stopped();
        case UpstreamExchange.Nothing _, Bytes _, UpstreamExchange.End _ ->
            new AttemptResult.Refused(new Observation.Failed(TransportError.TIMEOUT));
      };
    }
  }

  @Nullable Integer status() {
    return status;
  }

  /** The status of a complete answer for the client. */
  int clientStatus() {
    return status == null || streamed ? HttpStatus.OK_200 : statusWithBody(status);
  }

  /** Milliseconds from sending the request to the first content; null without content. */
  @Nullable Integer sendToContentMs() {
    return sendToContentMs;
  }

  /** Milliseconds from the arrival of the request to the first content; null without content. */
  @Nullable Integer arrivalToContentMs() {
    return arrivalToContentMs;
  }

  /** Milliseconds from sending the request until the provider last sent something. */
  int latencyMs() {
    return (int) source.waited().toMillis();
  }

  Usage usage() {
    return answer == null ? protocol.usage() : answer.usage();
  }

  /** Whether a complete answer has no content although the model ended it by itself. */
  boolean empty() {
    return answer == null ? streamed && protocol.empty() : answer.empty();
  }

  /** The provider's id of the answer; null if it sent none. */
  @Nullable String generationId() {
    String inside = answer == null ? protocol.id() : answer.id();
    String id = generationId.isEmpty() ? inside : generationId;
    return id.isEmpty() ? null : redactor.redact(id);
  }

  /** Removes the secret of the key, which a provider may repeat in its answer. */
  Reply clean(Map<String, String> headers, byte[] body) {
    var reply = new Reply(200, headers, body, End.WHOLE);
    return redactor.redact(reply) instanceof Reply clean ? clean : reply;
  }

  Observation clean(Observation seen) {
    return redactor.redact(seen);
  }

  /**
   * Like {@link #clean}, for bytes that are passed on: finds the secret only in its literal form.
   */
  byte[] withoutKey(byte[] bytes) {
    return redactor.redact(bytes);
  }

  static boolean isStream(Head head) {
    String type = head.headers().getOrDefault("content-type", "");
    return head.status() < 300 && type.regionMatches(true, 0, STREAM, 0, STREAM.length());
  }

  private AttemptResult relay(Head head, String requestId) throws InterruptedException, ClientLost {
    var body = new PlainBody(source, head);
    Optional<Reply> read = body.read();
    if (read.isEmpty()) {
      streamed = body.isStream();
      return streamed
          ? new StreamRelay(this, head, requestId).run(body.soFar())
          : new AttemptResult.Stopped();
    }
    Reply reply = read.get();
    if (body.isUnrequestedStream(reply)) {
      return PlainBody.unrequestedStream(reply, protocol);
    }
    answer =
        reply.success() && reply.end() != End.TOO_BIG
            // A truncated reply may also contain complete JSON.
            ? AnswerPeek.read(reply.body()).orElse(null)
            : null;
    Optional<String> encoding = PassedHeaders.encoding(head.headers());
    if (answer == null && encoding.isPresent()) {
      return relayEncoded(reply, encoding.get());
    }
    if (answer == null || answer.failed() || source.streamed()) {
      boolean good = answer != null && !answer.failed();
      return new AttemptResult.Refused(PlainBody.toClassify(reply, answer), good);
    }
    recordContent();
    onReferences.accept(answer.references());
    return sendAnswer(reply, headers(PlainBody.withJsonType(reply.headers())));
  }

  /** Sends a complete answer, which is recorded as complete even if the client is lost. */
  private AttemptResult.Answered sendAnswer(Reply reply, Map<String, String> headers) {
    @Nullable ClientLost lost = null;
    try {
      if (source.cancellation().reason() == Reason.CLIENT_GONE) {
        throw ClientLost.because(Reason.CLIENT_GONE);
      }
      client.answer(statusWithBody(reply.status()), headers, withoutKey(reply.body()));
    } catch (ClientLost gone) {
      lost = gone;
    }
    return new AttemptResult.Answered(GatewayAttemptState.OK, null, null, lost);
  }

  /** The status for an answer with a body. Many clients do not read the body of a 205. */
  private static int statusWithBody(int status) {
    return status == HttpStatus.RESET_CONTENT_205 ? HttpStatus.OK_200 : status;
  }

  /**
   * Relays an answer in an encoding that was not requested and that the gateway cannot read. A
   * success is passed on unread, because the provider may charge for it, unless it is a page. A
   * failure is classified by its status, and by its body if the body is JSON.
   */
  private AttemptResult relayEncoded(Reply reply, String encoding) {
    boolean good = reply.success() && reply.end() == End.WHOLE && reply.body().length > 0;
    boolean page = reply.header("content-type").regionMatches(true, 0, PAGE, 0, PAGE.length());
    if (good && !page && !client.committed()) {
      recordContent();
      var headers = headers(reply.headers());
      headers.put("content-encoding", encoding);
      return sendAnswer(reply, headers);
    }
    Reply classified =
        PlainBody.toClassify(reply, null); // parsing a larger body takes too much memory
    return new AttemptResult.Refused(
        LenientJson.parse(classified.body()).isPresent()
            ? classified
            : new Reply(reply.status(), reply.headers(), new byte[0], reply.end()),
        good && !page);
  }

  static Reply reply(Head head, byte[] body, End end) {
    return new Reply(head.status(), head.headers(), body, end);
  }

  /** Reports the references in the answer once, before the client gets the end of the stream. */
  void reportReferences() {
    if (!referencesReported) {
      referencesReported = true;
      onReferences.accept(protocol.references());
    }
  }

  /** Records that content is sent; the first call sets the times to the first content. */
  void recordContent() {
    source.passTurn();
    if (sendToContentMs == null) {
      sendToContentMs = latencyMs();
      arrivalToContentMs = (int) client.elapsed().toMillis();
      onFirstContent.run();
    }
  }

  AnswerSource source() {
    return source;
  }

  ClientChannel client() {
    return client;
  }

  StreamProtocol protocol() {
    return protocol;
  }

  Map<String, String> headers(Map<String, String> answered) {
    var clean = new HashMap<>(answered);
    clean.replaceAll((_, value) -> redactor.redact(value));
    return headers.apply(clean);
  }
}
