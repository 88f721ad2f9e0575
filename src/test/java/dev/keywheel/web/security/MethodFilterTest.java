package dev.keywheel.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.util.List;
import org.junit.jupiter.api.Test;

class MethodFilterTest {
  @Test
  void a_header_cannot_change_the_method_of_a_request() {
    try (var app =
        WebApp.start(
            TestDatabase.create(),
            new TestClock(),
            parts ->
                List.of(
                    routes -> {
                      routes.get("/text", RequiredRole.VIEWER, ctx -> ctx.result("text"));
                      routes.post("/change", RequiredRole.VIEWER, ctx -> ctx.result("changed"));
                    }))) {
      var browser = app.browser(app.admin());
      for (var name : List.of("X-HTTP-Method-Override", "x-http-method-override")) {
        assertThat(browser.get("/text", name, "POST").body()).isEqualTo("text");
        assertThat(browser.get("/change", name, "POST").status()).isEqualTo(405);
        var post = browser.postRaw("/text", List.of(), "Sec-Fetch-Site", "cross-site", name, "GET");
        assertThat(post.status()).isEqualTo(405);
      }
    }
  }
}
