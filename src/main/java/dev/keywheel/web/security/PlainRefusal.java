package dev.keywheel.web.security;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** A refusal before routing: one sentence as plain text. */
final class PlainRefusal {
  private PlainRefusal() {}

  static void write(
      HttpServletResponse response, int status, String sentence, Map<String, String> headers)
      throws IOException {
    headers.forEach(response::setHeader);
    response.setStatus(status);
    response.setContentType("text/plain; charset=utf-8");
    response.getWriter().write(sentence);
  }
}
