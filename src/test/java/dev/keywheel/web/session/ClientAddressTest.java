package dev.keywheel.web.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Session;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Wrong passwords behind a proxy, where every connection has the proxy's address. */
class ClientAddressTest {
  private static final String HERE = "203.0.113.9";
  private static final String ELSEWHERE = "203.0.113.10";

  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final WebApp app =
      WebApp.behindTls(database.database(), clock, URI.create("https://keywheel.example"));

  @AfterEach
  void stop() {
    app.close();
    database.close();
  }

  @Test
  void wrong_passwords_of_one_client_do_not_lock_out_another() {
    guessUpToTheLimit("X-Forwarded-For", HERE);
    assertThat(rightPassword("X-Forwarded-For", HERE)).isEqualTo(429);
    assertThat(rightPassword("X-Forwarded-For", "198.51.100.1, " + HERE)).isEqualTo(429);
    assertThat(rightPassword("X-Forwarded-For", ELSEWHERE)).isEqualTo(303);
    assertThat(addresses()).containsExactly(ELSEWHERE);
  }

  @Test
  void all_addresses_of_a_network_count_as_one_client() {
    guessUpToTheLimit("Forwarded", "for=\"[2001:db8:0:1::1]\"");
    assertThat(rightPassword("Forwarded", "for=\"[2001:db8:0:1:ffff::9]\"")).isEqualTo(429);
    assertThat(rightPassword("Forwarded", "for=\"[2001:db8:0:2::1]\"")).isEqualTo(303);
    assertThat(addresses()).containsExactly("2001:db8:0:2:0:0:0:1");
  }

  @Test
  void a_browser_that_signed_in_before_does_not_wait_after_wrong_passwords_from_its_address() {
    var owner = app.browser();
    var answer = signIn(owner, WebApp.EMAIL, WebApp.PASSWORD, "X-Forwarded-For", HERE);
    assertThat(answer.headers().get("set-cookie"))
        .anySatisfy(
            cookie ->
                assertThat(cookie)
                    .startsWith("__Host-browser=")
                    .contains("Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Strict"));
    owner.cookie("__Host-sid", "ended");
    guessUpToTheLimit("X-Forwarded-For", HERE);
    assertThat(rightPassword("X-Forwarded-For", HERE)).isEqualTo(429);
    assertThat(signIn(owner, WebApp.EMAIL, WebApp.PASSWORD, "X-Forwarded-For", HERE).status())
        .isEqualTo(303);
  }

  @Test
  void an_email_address_with_a_zero_byte_is_refused_as_unknown() {
    assertThat(signIn("ada\0@example.org", "wrong", "X-Forwarded-For", HERE)).isEqualTo(422);
  }

  private void guessUpToTheLimit(String header, String value) {
    for (int i = 0; i < 20; i++) {
      assertThat(signIn("guess" + i + "@example.org", "wrong", header, value)).isEqualTo(422);
    }
  }

  private int rightPassword(String header, String value) {
    return signIn(WebApp.EMAIL, WebApp.PASSWORD, header, value);
  }

  private int signIn(String email, String password, String header, String value) {
    return signIn(app.browser(), email, password, header, value).status();
  }

  private static HttpBrowser.Answer signIn(
      HttpBrowser browser, String email, String password, String header, String value) {
    var fields =
        List.of(
            Map.entry("csrf", browser.token()),
            Map.entry("email", email),
            Map.entry("password", password));
    return browser.postRaw("/login", fields, "Sec-Fetch-Site", "same-origin", header, value);
  }

  private List<String> addresses() {
    return app.sessions.of(app.admin().userId(), clock.instant()).stream()
        .map(Session::address)
        .toList();
  }
}
