package dev.keywheel.web.form;

import dev.keywheel.net.AnonymousSlots;
import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that fail before routing, such as those with a malformed URL or oversized
 * headers: with a plain sentence and the given headers. When many such requests arrive at once,
 * they wait for a slot; connections beyond the limit are closed without a response.
 */
public final class BadRequestHandling implements Request.Handler {
  private static final String SENTENCE = "This request cannot be read.\n";

  private final Map<String, String> headers;
  private final Request.Handler front;
  private final AnonymousSlots anonymousSlots;

  /**
   * @param front answers requests that are not for pages, such as those for the gateway
   */
  public BadRequestHandling(
      Map<String, String> headers, Request.Handler front, AnonymousSlots anonymousSlots) {
    this.headers = headers;
    this.front = front;
    this.anonymousSlots = anonymousSlots;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!anonymousSlots.admitRefusal()) {
      callback.failed(new IOException("Too many unreadable requests wait for their refusal"));
      return true;
    }
    if (front.handle(request, response, callback)) {
      return true;
    }
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    Content.Sink.write(response, true, SENTENCE, callback);
    return true;
  }
}
