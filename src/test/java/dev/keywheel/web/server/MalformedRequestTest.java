package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Requests that a proxy might interpret differently. One request must get one answer: a second one
 * would be the answer to a smuggled request.
 */
class MalformedRequestTest {
  private static final String SMUGGLED = "GET /login HTTP/1.1~Host: localhost~~";

  @AutoClose
  private static final WebApp app =
      WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of());

  /**
   * {@code ~} stands for CR LF, {@code ^} for a bare LF, {@code §} for a bare CR, {@code °} for a
   * zero byte.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /healthz HTTP/1.1^Host: localhost^^",
        "GET /healthz HTTP/1.1~Host: localhost^X: y~~",
        "GET /healthz HTTP/1.1~Host: localhost~^",
        "GET /healthz HTTP/1.1^Host: localhost~~",
        "GET /healthz HTTP/1.1~Host: localhost~X: a§Y: b~~",
        "GET /healthz HTTP/1.1~Host: localhost~X: a°b~~",
        "GET /healthz HTTP/1.1~Host: localhost~Host: other~~",
        "GET /healthz HTTP/1.1~~",
        "GET /healthz HTTP/1.1~Host : localhost~~",
        "GET /healthz HTTP/1.1~Host: localhost~ folded: yes~~",
        "GET /healthz HTTP/1.1~Host: localhost~no colon~~",
        "GET /healthz HTTP/1.1~Host: localhost~X-Ünïcode: y~~",
        "GET /healthz HTTP/1.1 ~Host: localhost~~",
        "GET /healthz~~",
        "GET /healthz HTTP/9.9~Host: localhost~~",
        "GET /%2e%2e/healthz HTTP/1.1~Host: localhost~~",
        "GET /a%00b HTTP/1.1~Host: localhost~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 3~Transfer-Encoding: chunked~~0~~",
        "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding: chunked~Content-Length: 3~~0~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 0~Content-Length: 44~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 0, 44~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: +0~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: -1~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 0x0~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length : 44~~",
        "POST /csp HTTP/1.1~Host: localhost~Content-Length: 99999999999999999999~~",
        "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding: xchunked~~",
        "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding: chunked, identity~~",
        "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding : chunked~~",
        "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding:§ chunked~~",
      })
  void an_ambiguous_request_is_refused_and_the_connection_closed(String request)
      throws IOException {
    var replies = RawHttp.exchange(app.url(), bytes(request + SMUGGLED));
    assertThat(replies.statuses()).as(replies.text()).hasSize(1);
    assertThat(replies.statuses().getFirst()).isBetween(400, 505).isNotEqualTo(500);
    assertThat(replies.closed()).isTrue();
    assertThat(replies.text()).doesNotContain("Exception", "jetty", "Jetty", "org.eclipse");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5^<r/>x^0^^",
        "1;a=\"^\"~x~0~~",
        "FFFFFFFFFFFFFFFFF~x~0~~",
        "-1~x~0~~",
        "2~x~0~~",
        "0x1~x~0~~",
        "1 ~x~0~~",
        "1~xx~0~~",
        "g~",
      })
  void a_body_in_damaged_chunks_smuggles_nothing(String chunks) throws IOException {
    var head = "POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding: chunked~~";
    var replies = RawHttp.exchange(app.url(), bytes(head + chunks + SMUGGLED));
    assertThat(replies.closed()).isTrue();
    assertThat(replies.statuses()).as(replies.text()).hasSizeLessThanOrEqualTo(1);
    assertThat(replies.text()).doesNotContain("Sign in");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | GET /login HTTP/1.1~Host: localhost~Host: written-by-a-stranger~~",
        "400 | GET /login HTTP/1.1~Host: localhost:written-by-a-stranger~~",
        "400 | GET /login HTTP/1.1~Host: [written-by-a-stranger~~",
        "400 | GET /login HTTP/1.1~Host: written-by-a-stranger and more~~",
        "400 | GET http://[written-by-a-stranger/ HTTP/1.1~Host: localhost~~",
        "400 | CONNECT /written-by-a-stranger HTTP/1.1~Host: localhost~~",
        "400 | CONNECT localhost:written-by-a-stranger HTTP/1.1~Host: localhost~~",
        "400 | written-by-a-stranger~~",
        "505 | GET /login written-by-a-stranger~~",
        "400 | GET /login HTTP/1.1~Host: localhost~written-by-a-stranger~~",
        "400 | GET /%zzwritten-by-a-stranger HTTP/1.1~Host: localhost~~",
        "400 | POST /csp HTTP/1.1~Host: localhost~Content-Length: written-by-a-stranger~~",
        "400 | POST /csp HTTP/1.1~Host: localhost~Transfer-Encoding: written-by-a-stranger~~",
        "417 | POST /v1/messages HTTP/1.1~Host: localhost~Expect: written-by-a-stranger~~",
        "200 | GET /login HTTP/1.1~Host: localhost~Cookie: a=\"written-by-a-stranger~Connection: close~~",
        "200 | GET /login?a=%zzwritten-by-a-stranger HTTP/1.1~Host: localhost~Connection: close~~"
      })
  void no_text_of_a_malformed_request_is_logged(int status, String request) throws IOException {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    lines.start();
    log.addAppender(lines);
    try {
      assertThat(RawHttp.exchange(app.url(), bytes(request)).statuses()).containsExactly(status);
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .noneMatch(line -> line.contains("written-by-a-stranger"));
  }

  @Test
  void several_good_requests_on_one_connection_are_answered_in_order() throws IOException {
    var two =
        "GET /healthz HTTP/1.1~Host: localhost~~" + SMUGGLED.replace("~~", "~Connection: close~~");
    assertThat(RawHttp.exchange(app.url(), bytes(two)).statuses()).containsExactly(200, 200);
  }

  @Test
  void other_methods_are_refused_with_a_list_of_the_allowed_ones() throws IOException {
    for (var method : List.of("TRACE", "OPTIONS", "PUT", "PATCH", "DELETE")) {
      assertThat(answer(method, "/login"))
          .as(method)
          .contains(" 405 ", "Allow: GET, POST, HEAD\r\n");
      assertThat(answer(method, "/logout")).as(method).contains(" 405 ", "Allow: POST\r\n");
      assertThat(answer(method, "/healthz")).as(method).contains(" 405 ", "Allow: GET, HEAD\r\n");
      assertThat(answer(method, "/nowhere")).as(method).contains(" 404 ");
    }
    assertThat(answer("GET", "/logout")).contains(" 405 ", "Allow: POST\r\n");
    assertThat(answer("POST", "/healthz")).contains(" 405 ", "Allow: GET, HEAD\r\n");
    assertThat(answer("TRACE", "/login")).as("nothing is echoed").doesNotContain("X-Canary");
  }

  @Test
  void an_unknown_method_is_refused_before_the_router_which_would_store_its_name()
      throws IOException {
    var known = HandlerType.values().size();
    for (var method :
        List.of(
            "TRACK", "DEBUG", "PROPFIND", "QUERY", "get", "BEFORE", "AFTER", "A".repeat(2_000))) {
      assertThat(answer(method, "/login"))
          .as(method)
          .contains(" 405 ", "Allow: GET, HEAD, POST\r\n");
    }
    assertThat(HandlerType.values()).hasSize(known);
  }

  private static String answer(String method, String path) throws IOException {
    var request = " HTTP/1.1~Host: localhost~X-Canary: 1~Content-Length: 0~Connection: close~~";
    return RawHttp.exchange(app.url(), bytes(method + " " + path + request)).text();
  }

  private static String bytes(String request) {
    return request.replace("~", "\r\n").replace("^", "\n").replace("§", "\r").replace("°", "\0");
  }
}
