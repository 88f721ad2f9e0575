package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.SessionStore;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.security.RequiredRole;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much of a request is read, from which clients, and for how long. */
@Tag("full")
class RequestBodyTest {
  private static final String KEY = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  private static final String TOO_LARGE = "your form was too large to keep";

  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(TestDatabase.create(), clock, parts -> List.of(RequestBodyTest::screen));

  private final HttpBrowser browser = app.browser(app.admin());

  private static void screen(Routes routes) {
    routes.get("/text", RequiredRole.VIEWER, ctx -> ctx.result("text"));
    routes.get(
        "/late",
        RequiredRole.VIEWER,
        _ -> {
          throw new HttpException.RuntimeException(408, "The body arrives too slowly");
        });
    routes.post(
        "/change",
        RequiredRole.OPERATOR,
        ctx -> ctx.result("" + Form.of(ctx).raw("text").length()));
    routes.postSteppedUp("/confirmed", RequiredRole.OPERATOR, ctx -> ctx.result("changed"));
  }

  @Test
  void clients_without_a_session_do_not_use_the_slots_for_large_uploads() throws IOException {
    for (int i = 0; i < 3; i++) {
      try (var search = send("GET /text?q=" + KEY + " HTTP/1.1", "Transfer-Encoding: chunked")) {
        search.getOutputStream().write("0\r\n\r\n".getBytes(US_ASCII)); // else it is awaited
        assertThat(status(search)).isEqualTo(303);
      }
    }
    String browsers = "Sec-Fetch-Site: same-origin";
    try (var first = send("POST /change HTTP/1.1", browsers, "Content-Length: 20000000");
        var second = send("POST /login HTTP/1.1", browsers, "Content-Length: 20000000")) {
      assertThat(browser.post("/change", "text", "x".repeat(3_000_000)).body())
          .isEqualTo("3000000");
      assertThat(status(first)).as("not read, as it has no session").isEqualTo(401);
      assertThat(status(second)).as("not read, as it is too large").isEqualTo(413);
    }
  }

  @Test
  void uploads_that_are_too_large_do_not_use_the_slots() throws IOException {
    String[] head = {
      "Sec-Fetch-Site: same-origin",
      "Cookie: sid=" + browser.cookie("sid").orElseThrow(),
      "Content-Length: 30000000"
    };
    try (var _ = send("POST /change HTTP/1.1", head);
        var _ = send("POST /change HTTP/1.1", head)) {
      assertThat(browser.post("/change", "text", "x".repeat(3_000_000)).body())
          .isEqualTo("3000000");
    }
  }

  @Test
  void a_body_without_a_session_is_limited_to_the_size_of_a_sign_in() {
    HttpBrowser stranger = app.browser();
    stranger.get("/login");
    assertThat(stranger.post("/login", "email", "a".repeat(70_000)).status()).isEqualTo(413);
    var refused = stranger.post("/change", "text", "x".repeat(30_000));
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.text()).contains("was not kept");
    assertThat(refused.body()).doesNotContain("x".repeat(50)); // "xxx" is in some tokens
  }

  @Test
  void the_sign_in_after_a_form_that_was_not_kept_leads_back_to_its_page() {
    HttpBrowser stranger = app.browser();
    stranger.get("/login");
    String large = "x".repeat(30_000);
    assertThat(next(stranger, app.url() + "/keys?tag=a&size=50", large))
        .isEqualTo("/keys?tag=a&size=50");
    assertThat(next(stranger, "https://other.example/keys", large)).isEqualTo("/");
    assertThat(next(stranger, app.url() + "/login?next=/keys", large)).isEqualTo("/");
  }

  private static String next(HttpBrowser browser, String referer, String text) {
    var fields = List.of(Map.entry("text", text), Map.entry("csrf", browser.token()));
    var refused =
        browser.postRaw("/change", fields, "Sec-Fetch-Site", "same-origin", "Referer", referer);
    assertThat(refused.text()).contains("was not kept");
    return refused.page().select("input[name=next]").val();
  }

  @Test
  void a_client_that_is_still_sending_receives_the_refusal() throws IOException {
    String browsers = "Sec-Fetch-Site: same-origin";
    try (var large = send("POST /login HTTP/1.1", browsers, "Content-Length: 70000");
        var small = send("POST /change HTTP/1.1", browsers, "Content-Length: 30000");
        var waits =
            send("POST /change HTTP/1.1", browsers, "Content-Length: 9", "Expect: 100-continue")) {
      assertThat(status(waits)).as("before the body is sent").isEqualTo(401);

      large.getOutputStream().write(new byte[70_000]);
      small.getOutputStream().write(new byte[30_000]);
      assertThat(status(large)).isEqualTo(413);
      assertThat(head(small)).startsWith("HTTP/1.1 401").doesNotContain("close");
    }
  }

  @Test
  void a_form_of_up_to_a_megabyte_is_kept_for_an_ended_session() {
    browser.token();
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    var kept = browser.post("/change", "text", "\"".repeat(200_000));
    assertThat(kept.status()).isEqualTo(401);
    assertThat(kept.text()).contains("Your form is kept.");
    assertThat(kept.page().select("input[name=kept]").val()).contains("\\\"".repeat(200_000));
    var large = browser.post("/change", "text", "x".repeat(1_100_000));
    assertThat(large.status()).isEqualTo(401);
    assertThat(large.text()).contains("was not kept");
    assertThat(browser.get("/login").text()).contains(TOO_LARGE);
  }

  @Test
  void a_form_of_up_to_a_megabyte_is_kept_until_a_confirmation() {
    browser.token();
    clock.tick(Duration.ofMinutes(11));
    var kept = browser.post("/confirmed", "text", "x".repeat(200_000));
    assertThat(kept.status()).isEqualTo(403);
    assertThat(kept.page().select("input[name=kept]").val()).contains("x".repeat(200_000));
    var large = browser.post("/confirmed", "text", "x".repeat(1_100_000));
    assertThat(large.status()).isEqualTo(403);
    assertThat(large.page().select("input[name=kept]").val()).isEmpty();
    browser.post("/confirm", "password", WebApp.PASSWORD);
    assertThat(browser.get("/settings/account").text()).contains(TOO_LARGE);
    assertThat(browser.get("/settings/account").text()).doesNotContain(TOO_LARGE);
  }

  @Test
  void unfinished_bodies_without_a_session_cannot_fill_the_memory() throws IOException {
    var open = new ArrayList<Socket>();
    try {
      long share = Runtime.getRuntime().maxMemory() / 16 / 8;
      for (long bytes = 0; bytes <= share; bytes += 60_000) {
        open.add(
            send("POST /login HTTP/1.1", "Sec-Fetch-Site: same-origin", "Content-Length: 60000"));
      }
      Await.until("one is refused", () -> answered(open).findAny().isPresent());

      assertThat(status(answered(open).findAny().orElseThrow())).isEqualTo(429);
      assertThat(answered(open).count()).isLessThan(open.size() / 2);
      assertThat(browser.post("/change", "text", "x".repeat(60_000)).status()).isEqualTo(200);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    HttpBrowser stranger = app.browser();
    stranger.get("/login");
    Await.until(
        "bodies of clients without a session are read again",
        () -> stranger.post("/login", "email", "a", "password", "b").status() == 422);
  }

  private static Stream<Socket> answered(List<Socket> sockets) {
    return sockets.stream()
        .filter(
            socket -> {
              try {
                return socket.getInputStream().available() > 0;
              } catch (IOException closed) {
                return false;
              }
            });
  }

  @Test
  void a_body_without_a_length_is_refused() throws IOException {
    try (var chunked =
        send(
            "POST /change HTTP/1.1",
            "Transfer-Encoding: chunked",
            "Sec-Fetch-Site: same-origin",
            "Cookie: sid=" + browser.cookie("sid").orElseThrow())) {
      assertThat(status(chunked)).isEqualTo(411);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,200,true", "false,403,true", "false,403,false"})
  void the_role_of_the_sender_is_checked_again_after_a_slow_body(
      boolean stays, int status, boolean tokenInHeader) throws IOException {
    var member = app.member("bob@example.org", Role.OPERATOR);
    var sender = app.browser(member);
    var token = sender.token();
    var body = "text=abc&csrf=" + (tokenInHeader ? "" : token);
    try (var slow =
        send(
            "POST /change HTTP/1.1",
            "Content-Length: " + body.length(),
            "Expect: 100-continue",
            "Sec-Fetch-Site: same-origin",
            tokenInHeader ? "X-CSRF-Token: " + token : "Accept: text/html",
            "Cookie: sid=" + sender.cookie("sid").orElseThrow(),
            "Content-Type: application/x-www-form-urlencoded")) {
      assertThat(status(slow)).as("reads the body").isEqualTo(100);
      if (!stays) {
        app.people.changeRole(app.admin(), member.userId(), Role.VIEWER, _ -> {});
      }
      clock.tick(Duration.ofMinutes(1));
      slow.getOutputStream().write(body.getBytes(US_ASCII));
      slow.getOutputStream().flush();
      assertThat(status(slow)).isEqualTo(status);
    }
  }

  @Test
  void the_form_of_a_sender_who_was_removed_during_a_slow_body_is_not_executed()
      throws IOException {
    var member = app.member("bob@example.org", Role.OPERATOR);
    var sender = app.browser(member);
    var body = "text=abc&csrf=" + sender.token();
    try (var slow =
        send(
            "POST /change HTTP/1.1",
            "Content-Length: " + body.length(),
            "Expect: 100-continue",
            "Sec-Fetch-Site: same-origin",
            "Cookie: sid=" + sender.cookie("sid").orElseThrow(),
            "Content-Type: application/x-www-form-urlencoded")) {
      assertThat(status(slow)).as("reads the body").isEqualTo(100);
      app.people.remove(app.admin(), member.userId());
      clock.tick(Duration.ofMinutes(1));
      slow.getOutputStream().write(body.getBytes(US_ASCII));
      slow.getOutputStream().flush();
      assertThat(status(slow)).isEqualTo(401);
    }
  }

  @Test
  void a_body_that_arrives_too_slowly_is_refused() throws IOException {
    try (var slow =
        send(
            "POST /login HTTP/1.1",
            "Content-Length: 10000",
            "Sec-Fetch-Site: same-origin",
            "Content-Type: application/x-www-form-urlencoded")) {
      slow.getOutputStream().write("email=".getBytes(US_ASCII));
      slow.getOutputStream().flush();
      int status = 0;
      for (int i = 0; i < 100 && status == 0; i++) {
        clock.tick(Duration.ofSeconds(25));
        slow.getOutputStream().write('a');
        slow.getOutputStream().flush();
        slow.setSoTimeout(50);
        status = statusOrNothing(slow);
      }
      assertThat(status).isEqualTo(408);
    }
  }

  @Test
  void a_body_that_was_interrupted_by_a_standstill_of_the_process_is_accepted() throws IOException {
    try (var slow =
        send(
            "POST /login HTTP/1.1",
            "Content-Length: 26",
            "Sec-Fetch-Site: same-origin",
            "Content-Type: application/x-www-form-urlencoded")) {
      slow.getOutputStream().write("email=".getBytes(US_ASCII));
      slow.getOutputStream().flush();
      slow.setSoTimeout(50);
      for (int i = 0; i < 10; i++) {
        assertThat(statusOrNothing(slow)).isZero();
        clock.tick(Duration.ofMinutes(10));
        slow.getOutputStream().write('a');
        slow.getOutputStream().flush();
      }
      slow.setSoTimeout(60_000);
      slow.getOutputStream().write("&password=".getBytes(US_ASCII));
      slow.getOutputStream().flush();
      assertThat(status(slow)).as("without a token").isEqualTo(403);
    }
  }

  @Test
  void the_minimum_rate_applies_after_a_grace_period() {
    assertThat(MinimumDataRate.tooSlow(0, MinimumDataRate.GRACE)).isFalse();
    assertThat(MinimumDataRate.tooSlow(4_095, MinimumDataRate.GRACE.plusSeconds(1))).isTrue();
    assertThat(MinimumDataRate.tooSlow(4_096, MinimumDataRate.GRACE.plusSeconds(1))).isFalse();
  }

  private Socket send(String first, String... headers) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), URI.create(app.url()).getPort());
    socket.setSoTimeout(60_000);
    String head = first + "\r\nHost: localhost\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }

  private static int statusOrNothing(Socket socket) throws IOException {
    try {
      return status(socket);
    } catch (SocketTimeoutException nothing) {
      return 0;
    }
  }

  private static int status(Socket socket) throws IOException {
    return Integer.parseInt(head(socket).split(" ")[1]);
  }

  private static String head(Socket socket) throws IOException {
    var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    var head = new StringBuilder(answer.readLine());
    for (String line = answer.readLine(); !line.isEmpty(); line = answer.readLine()) {
      head.append('\n').append(line);
    }
    return head.toString();
  }

  @Test
  void the_refusal_of_a_slow_body_says_that_it_was_late() {
    assertThat(browser.get("/late").text()).contains("Too slow", "Send it again.");
  }

  @Test
  void a_form_of_an_unknown_charset_is_refused_with_the_reason() throws IOException {
    try (var form =
        send(
            "POST /login HTTP/1.1",
            "Content-Length: 7",
            "Sec-Fetch-Site: same-origin",
            "Content-Type: application/x-www-form-urlencoded; charset=x-none")) {
      form.getOutputStream().write("email=a".getBytes(US_ASCII));
      form.getOutputStream().flush();
      form.shutdownOutput();
      var answer = new String(form.getInputStream().readAllBytes(), US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 415").contains("Unsupported encoding", "as UTF-8");
    }
  }
}
