package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values of headers on one connection, which the server remembers. */
class HeaderCaseTest {
  private final TestDatabase database = TestDatabase.create();
  private final WebApp app =
      WebApp.start(
          database.database(),
          new TestClock(),
          parts ->
              List.of(
                  routes ->
                      routes.get(
                          "/echo",
                          RequiredRole.ANYONE,
                          ctx -> ctx.result(String.valueOf(ctx.header("Authorization"))))));

  @AfterEach
  void close() {
    app.close();
    database.close();
  }

  @Test
  void secrets_that_differ_only_in_case_are_distinguished() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      for (var value : List.of("Bearer kw1_aa", "Bearer kw1_aA", "Bearer kw1_AA")) {
        var request =
            HttpRequest.newBuilder(URI.create(app.url() + "/echo"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", value)
                .build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo(value);
      }
    }
  }
}
