package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The checks that other tests rely on find planted faults. */
@Tag("full")
class ChromiumTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private HttpServer server;
  private String body = "";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var html =
              "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>"
                  + body
                  + "</main></html>";
          exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
          exchange
              .getResponseHeaders()
              .set("Content-Security-Policy", "default-src 'none'; script-src 'self'");
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().equals("/") ? 200 : 404, 0);
          try (var out = exchange.getResponseBody()) {
            out.write(html.getBytes(StandardCharsets.UTF_8));
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void a_clean_page_passes_every_check_in_every_theme_and_width() {
    Look.ALL.forEach(look -> PageChecks.assertGoodPage(show(look, "<p>All is well.</p>")));
    assertThat(chromium.troubles()).isEmpty();
  }

  @Test
  void a_violation_of_the_content_security_policy_is_reported() {
    show(Look.DESKTOP, "<script>document.title = 'inline'</script>");
    chromium.tolerate("Content Security Policy");
    assertThat(chromium.troubles())
        .anyMatch(trouble -> trouble.contains("Content Security Policy"));
  }

  @Test
  void an_unlabelled_field_is_found() {
    var page = show(Look.DESKTOP, "<input type=text>");
    assertThatThrownBy(() -> PageChecks.assertAccessible(page))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("label");
  }

  @Test
  void a_page_wider_than_the_window_is_found_with_the_element_that_overflows() {
    var page = show(Look.PHONE, "<table><tr><td>" + "wide".repeat(200) + "</table>");
    assertThatThrownBy(() -> PageChecks.assertNoSidewaysScroll(page))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("table");
  }

  @Test
  void a_missing_file_of_the_page_is_reported() {
    show(Look.DESKTOP, "<script src='/gone.js'></script>");
    chromium.tolerate("404");
    assertThat(chromium.troubles()).anyMatch(trouble -> trouble.contains("404"));
  }

  private Page show(Look look, String html) {
    body = html;
    var page = chromium.open(look);
    page.navigate("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    return page;
  }
}
