package dev.keywheel.web.security;

import dev.keywheel.net.StrangerSlots;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/**
 * Writes a refusal before routing: one sentence as plain text. In a flood refusals wait for one
 * another.
 */
public final class PlainRefusal {
  private final Map<String, String> headers;
  private final StrangerSlots strangers;

  /**
   * @param headers of each refusal
   */
  public PlainRefusal(Map<String, String> headers, StrangerSlots strangers) {
    this.headers = headers;
    this.strangers = strangers;
  }

  void write(HttpServletResponse response, int status, String sentence) throws IOException {
    boolean admitted = strangers.admitRefusal();
    headers.forEach(response::setHeader);
    response.setStatus(admitted ? status : 429);
    response.setContentType("text/plain; charset=utf-8");
    response.getWriter().write(admitted ? sentence : StrangerLimiter.TOO_MANY + "\n");
  }
}
