package dev.keywheel.web.form;

import dev.keywheel.net.AnonymousSlots;
import java.io.IOException;
import java.util.Map;
import java.util.function.IntFunction;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that fail before routing, such as those with a malformed URL or oversized
 * headers, with an error page and the given headers. When many such requests arrive at once, they
 * wait for a slot; connections beyond the limit are closed without a response.
 */
public final class BadRequestHandling implements Request.Handler {
  private final Map<String, String> headers;
  private final Request.Handler front;
  private final AnonymousSlots anonymousSlots;
  private final IntFunction<String> page;

  /**
   * @param front answers requests that are not for pages, such as those for the gateway
   * @param page returns the error page for a status
   */
  public BadRequestHandling(
      Map<String, String> headers,
      Request.Handler front,
      AnonymousSlots anonymousSlots,
      IntFunction<String> page) {
    this.headers = headers;
    this.front = front;
    this.anonymousSlots = anonymousSlots;
    this.page = page;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!anonymousSlots.admitRefusal()) {
      callback.failed(new IOException("Too many unreadable requests are waiting to be refused"));
      return true;
    }
    if (front.handle(request, response, callback)) {
      return true;
    }
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/html; charset=utf-8");
    Content.Sink.write(response, true, page.apply(response.getStatus()), callback);
    return true;
  }
}
