package dev.keywheel.web.form;

import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that fail before routing, such as a malformed URL or oversized headers: a plain
 * sentence with the usual headers.
 */
public final class BadRequestHandling implements Request.Handler {
  private static final String SENTENCE = "This request cannot be read.\n";

  private final Map<String, String> headers;
  private final Request.Handler front;

  /**
   * @param front answers the requests that are not for pages
   */
  public BadRequestHandling(Map<String, String> headers, Request.Handler front) {
    this.headers = headers;
    this.front = front;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (front.handle(request, response, callback)) {
      return true;
    }
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    Content.Sink.write(response, true, SENTENCE, callback);
    return true;
  }
}
