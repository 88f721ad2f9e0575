package dev.keywheel.web.security;

import dev.keywheel.net.AnonymousSlots;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/**
 * Refuses a request before routing, with one sentence as plain text. When many requests are refused
 * at once, the responses wait for a slot; the status is 429 if no slot becomes free in time.
 */
public final class PlainRefusal {
  private final Map<String, String> headers;
  private final AnonymousSlots anonymousSlots;

  public PlainRefusal(Map<String, String> headers, AnonymousSlots anonymousSlots) {
    this.headers = headers;
    this.anonymousSlots = anonymousSlots;
  }

  void write(HttpServletResponse response, int status, String sentence) throws IOException {
    boolean admitted = anonymousSlots.admitRefusal();
    headers.forEach(response::setHeader);
    response.setStatus(admitted ? status : 429);
    response.setContentType("text/plain; charset=utf-8");
    response.getWriter().write(admitted ? sentence : AnonymousLimiter.TOO_MANY + "\n");
  }
}
