package dev.keywheel.gateway.http;

import dev.keywheel.gateway.stream.StreamProtocol;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** A client's request without its body, and the response to it. */
public final class ClientRequest {
  private static final String BEARER = "Bearer ";
  private static final int MAX_OWN_ID_LENGTH = 128;

  private final UUID id;
  private final String requestId;
  private final Map<String, String> requestHeaders = new TreeMap<>();
  private final Map<String, String> answerHeaders = new TreeMap<>();
  private final boolean anthropic;
  private final ClientChannel channel;
  private final Cancellation cancellation = new Cancellation();
  private final Set<String> tokens = new LinkedHashSet<>();
  private boolean admitted;
  private boolean bodyRequested;
  private boolean bodyAbandoned;

  public ClientRequest(UUID id, Request request, Response response, GatewayTimeouts timeouts) {
    this.id = id;
    this.requestId = RequestId.of(id);
    for (HttpField field : request.getHeaders()) {
      String value = field.getValue() == null ? "" : field.getValue();
      requestHeaders.merge(field.getName().toLowerCase(Locale.ROOT), value, (a, b) -> a + ", " + b);
    }
    HttpFields headers = request.getHeaders();
    headers.getValuesList("authorization").forEach(value -> addToken(bearerToken(value)));
    headers.getValuesList("x-api-key").forEach(this::addToken);
    this.anthropic = isAnthropic(request.getHttpURI().getPath(), request.getHeaders());
    this.channel = new ClientChannel(response, timeouts);
    setHeaders(commonHeaders(requestId));
  }

  private void addToken(@Nullable String token) {
    if (token != null && !token.isBlank()) {
      tokens.add(token.strip());
    }
  }

  private static @Nullable String bearerToken(String authorization) {
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length())
        : null;
  }

  /** Whether the client uses Anthropic's API. */
  static boolean isAnthropic(String path, HttpFields headers) {
    return path.startsWith("/v1/messages") || headers.contains("anthropic-version");
  }

  /**
   * Headers of each answer. Anthropic's SDKs read {@code request-id}, OpenAI's {@code
   * x-request-id}.
   */
  static Map<String, String> commonHeaders(String requestId) {
    return Map.of(
        "x-request-id",
        requestId,
        "request-id",
        requestId,
        "x-content-type-options",
        "nosniff",
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
        "cache-control",
        "no-store");
  }

  public UUID id() {
    return id;
  }

  public String requestId() {
    return requestId;
  }

  /** The request headers by lower-case name; several values are joined with commas. */
  public Map<String, String> requestHeaders() {
    return requestHeaders;
  }

  /** The value of a request header, by its name in lower case; empty if it was not sent. */
  public String header(String name) {
    return requestHeaders.getOrDefault(name, "");
  }

  public boolean anthropic() {
    return anthropic;
  }

  /**
   * The access token as it was sent; null without one. It may be sent more than once: some proxies
   * repeat a header, and some clients send {@code Authorization} and {@code x-api-key}.
   *
   * @throws RefusedRequest if the headers contain different tokens
   */
  public @Nullable String credential() {
    if (tokens.size() > 1) {
      throw new RefusedRequest(
          GatewayErrors.unauthorized(
              "The headers Authorization and x-api-key contain different access tokens. Send one."));
    }
    return tokens.stream().findFirst().orElse(null);
  }

  /** The client's own id of the request; null unless it has 1 to 128 visible ASCII characters. */
  public @Nullable String ownId() {
    String own =
        header("x-client-request-id").isEmpty()
            ? header("x-request-id")
            : header("x-client-request-id");
    boolean valid =
        !own.isEmpty()
            && own.length() <= MAX_OWN_ID_LENGTH
            && own.chars().allMatch(letter -> letter > ' ' && letter <= '~');
    return valid ? own : null;
  }

  /** The client's id of the conversation; Claude Code has its own header for it. May be empty. */
  public String session() {
    String session = header("x-session-id");
    return session.isEmpty() ? header("x-claude-code-session-id") : session;
  }

  /** Records that the request has a valid token. */
  public void admit() {
    admitted = true;
  }

  public boolean admitted() {
    return admitted;
  }

  /** Records that the body cannot be drained, because the server still waits for its bytes. */
  void abandonBody() {
    bodyAbandoned = true;
  }

  /** Records that the gateway reads the body; a client that waits for permission then sends it. */
  void recordBodyRequest() {
    bodyRequested = true;
  }

  /** Whether more of the body may arrive, and can be read and discarded. */
  public boolean hasBodyToDrain() {
    boolean waits = header("expect").equalsIgnoreCase("100-continue") && !bodyRequested;
    return !bodyAbandoned && !waits;
  }

  public ClientChannel channel() {
    return channel;
  }

  public Cancellation cancellation() {
    return cancellation;
  }

  /** Sets a header of the answer, whatever its status. */
  public void setHeader(String name, String value) {
    answerHeaders.put(name, value);
  }

  public void setHeaders(Map<String, String> headers) {
    answerHeaders.putAll(headers);
  }

  /** The headers of the answer: the gateway's own, and the provider's that are passed on. */
  public Map<String, String> headers(Map<String, String> providerHeaders) {
    var all = new TreeMap<>(PassedHeaders.toClient(providerHeaders));
    all.putAll(answerHeaders);
    return all;
  }

  /**
   * Answers with an error.
   *
   * @param protocol the protocol of the requested stream, which gets an event if the status was
   *     already sent
   */
  public void fail(GatewayError error, StreamProtocol protocol) throws ClientLost {
    if (!channel.committed()) {
      fail(error);
      return;
    }
    channel.write(protocol.failure(error.event(requestId)));
    channel.end();
  }

  public void fail(GatewayError error) throws ClientLost {
    var headers = headers(Map.of());
    headers.put("content-type", "application/json");
    headers.putAll(error.headers());
    channel.answer(error.kind().status(), headers, error.body(anthropic, requestId));
  }
}
