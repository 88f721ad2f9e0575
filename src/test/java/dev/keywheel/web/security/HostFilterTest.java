package dev.keywheel.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostFilterTest {
  @ParameterizedTest(name = "{0} with {1}, Host {2}: {3}")
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "127.0.0.1 | none | 127.0.0.1:8080 | true",
        "127.0.0.1 | none | localhost | true",
        "127.0.0.1 | none | LOCALHOST:9000 | true",
        "127.0.0.1 | none | [::1]:8080 | true",
        "[::1] | none | localhost:8080 | true",
        "localhost | none | 127.0.0.1 | true",
        "127.0.0.1 | none | rebound.example:8080 | false",
        "127.0.0.1 | none | localhost.example | false",
        "127.0.0.1 | none | 127.0.0.1.example | false",
        "127.0.0.1 | none | 192.168.1.4 | false",
        "127.0.0.1 | none | localhost:8080:80 | false",
        "127.0.0.1 | none | none | false",
        "127.0.0.1 | https://keys.example.org | keys.example.org | true",
        "127.0.0.1 | https://keys.example.org | localhost:8080 | true",
        "0.0.0.0 | https://keys.example.org | Keys.Example.org:443 | true",
        "0.0.0.0 | https://keys.example.org | keys.example.org:80 | false",
        "0.0.0.0 | https://keys.example.org | localhost:8080 | false",
        "0.0.0.0 | https://keys.example.org | 10.0.0.7:8080 | false",
        "0.0.0.0 | https://keys.example.org | keys.example.org.evil.example | false",
        "0.0.0.0 | https://keys.example.org:8443 | keys.example.org:8443 | true",
        "0.0.0.0 | https://keys.example.org:8443 | keys.example.org | false",
        "0.0.0.0 | http://10.0.0.7:8080 | 10.0.0.7:8080 | true",
        "0.0.0.0 | http://[2001:db8::7] | [2001:db8::7] | true",
      })
  void the_public_host_is_answered_and_loopback_names_only_if_the_server_listens_on_loopback(
      String listening, String publicUrl, String host, boolean allowed) {
    var url = Optional.ofNullable(publicUrl).map(URI::create);
    assertThat(AllowedHosts.of(listening, url).allows(host)).isEqualTo(allowed);
  }

  @Test
  void a_foreign_host_name_that_resolves_to_this_server_reaches_no_page() throws IOException {
    try (var app = WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of())) {
      var session = "Cookie: sid=" + app.session(app.admin()) + "\r\n";
      for (var first : List.of("GET /login", "GET /static/0/app.css", "POST /csp", "GET /no")) {
        var rebound =
            send(app, first, "rebound.example:" + URI.create(app.url()).getPort(), session);
        assertThat(rebound.statuses()).as(first).containsExactly(421);
        assertThat(rebound.text())
            .contains("does not answer for this host name", "KEYWHEEL_URL", "nosniff")
            .doesNotContain("rebound", "Set-Cookie", "<form");
      }
      assertThat(send(app, "GET /login", "localhost", session).statuses()).containsExactly(303);
      assertThat(send(app, "GET /healthz", "10.0.0.7:8080", "").statuses())
          .as("a load balancer sends its checks to an address")
          .containsExactly(200);
      assertThat(send(app, "GET http://rebound.example/login", "localhost", "").statuses())
          .as("an address in the request line must agree")
          .containsExactly(400);
    }
  }

  private static RawHttp.Replies send(WebApp app, String first, String host, String more)
      throws IOException {
    return RawHttp.exchange(
        app.url(),
        first + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "Connection: close\r\n\r\n");
  }
}
