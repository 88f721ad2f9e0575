package dev.keywheel.web.form;

import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that are broken before they reach a route: a malformed address, headers that are
 * too large. A plain sentence with the same headers as any other answer.
 */
public final class BadRequestHandling implements Request.Handler {
  private static final String SENTENCE = "This request cannot be read.\n";

  private final Map<String, String> headers;

  public BadRequestHandling(Map<String, String> headers) {
    this.headers = headers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    Content.Sink.write(response, true, SENTENCE, callback);
    return true;
  }
}
