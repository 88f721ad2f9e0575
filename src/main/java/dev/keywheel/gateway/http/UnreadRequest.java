package dev.keywheel.gateway.http;

import dev.keywheel.net.RequestLines;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers a request that the HTTP server refused before any handler got it. The answer is JSON. */
public final class UnreadRequest {
  private UnreadRequest() {}

  /**
   * Answers a request for the gateway; returns false when the request is for a page. A request
   * without a readable address is answered too, because the headers that would distinguish a
   * browser from a program are not available.
   *
   * @param response has the status with which the server refused the request
   */
  public static boolean answer(UUID id, Request request, Response response, Callback callback) {
    String path = path(request);
    if (!Endpoint.serves(path) && !hasNoAddressOfPage(request)) {
      return false;
    }
    var error = error(response.getStatus(), sentPath(request));
    boolean anthropic = ClientRequest.isAnthropic(path, request.getHeaders());
    String requestId = RequestId.of(id);
    response.setStatus(error.kind().status());
    var headers = response.getHeaders();
    ClientRequest.commonHeaders(requestId).forEach(headers::put);
    headers.put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(error.body(anthropic, requestId)), callback);
    return true;
  }

  /**
   * The path as sent, with one slash at its beginning, if it is below {@code /v1}; otherwise the
   * canonical path.
   */
  private static String path(Request request) {
    String path = sentPath(request).replaceFirst("^/+", "/");
    return Endpoint.serves(path)
        ? path
        : Objects.requireNonNullElse(request.getHttpURI().getCanonicalPath(), "");
  }

  private static String sentPath(Request request) {
    return Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
  }

  /**
   * Whether the server could not read the first line, and the line names no page. The server then
   * sets its own method and path.
   */
  private static boolean hasNoAddressOfPage(Request request) {
    if (!request.getMethod().equals("BAD")
        || !"/badMessage".equals(request.getHttpURI().getPath())) {
      return false;
    }
    String sent = RequestLines.malformedAddress(request);
    return sent == null
        || Endpoint.serves(sent.replaceFirst("^https?://[^/]*", "").replaceFirst("^/+", "/"));
  }

  private static GatewayError error(int status, String path) {
    return switch (status) {
      case HttpStatus.URI_TOO_LONG_414 ->
          GatewayError.of(
              ErrorKind.ADDRESS_TOO_LONG,
              "The address of the request is longer than 8 kB. Send a shorter one.");
      case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
          GatewayError.of(
              ErrorKind.HEADERS_TOO_LARGE,
              "The headers of the request are larger than 8 kB. Send fewer or shorter ones.");
      case HttpStatus.PAYLOAD_TOO_LARGE_413 ->
          GatewayError.of(ErrorKind.TOO_LARGE, "The request is too large. Send less at once.");
      default ->
          status < HttpStatus.INTERNAL_SERVER_ERROR_500
                  || status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505
              ? GatewayError.of(
                  ErrorKind.MALFORMED,
                  path.contains("//")
                      ? "The address has two slashes in a row. Remove one, for example at the end of"
                          + " the base URL."
                      : "This is not a well-formed HTTP request. Check its address and its headers.")
              : GatewayErrors.internal();
    };
  }
}
