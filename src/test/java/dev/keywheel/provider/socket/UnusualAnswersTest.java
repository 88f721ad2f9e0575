package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.provider.ScriptedServer.Connection;
import dev.keywheel.provider.socket.UpstreamExchange.End;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that violate HTTP/1.1 in ways that occur in real servers and that clients accept. */
@Timeout(60)
class UnusualAnswersTest {
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  @AutoClose private final RelayClient client = new RelayClient(WholeAnswer.LONG);

  /** Keeps the connection open, so that the client cannot rely on its end. */
  private static void sendAndWait(Connection connection, String answer) throws IOException {
    connection.socket().getOutputStream().write(answer.getBytes(ISO_8859_1));
    connection.socket().getInputStream().read();
  }

  private WholeAnswer send(ScriptedServer server) throws InterruptedException {
    return WholeAnswer.of(WholeAnswer.begin(client, server.base()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 t\u00e9l\u00e9\u0085\u00a0ok\r\nContent-Length: 2\r\n\r\nok",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n" + CHUNKED + "Content-Length: 7\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      })
  void an_answer_is_complete_although_its_connection_stays_open(String answer) throws Exception {
    try (var server = new ScriptedServer(connection -> sendAndWait(connection, answer))) {
      var whole = send(server);
      assertThat(whole.text()).isEqualTo("ok");
      assertThat(whole.last()).isInstanceOf(End.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 7\r\n" + CHUNKED,
        "Keep-Alive: timeout=1\r\n" + CHUNKED,
        "Keep-Alive: max=100, Timeout = 0\r\n" + CHUNKED,
      })
  void another_request_is_not_sent_over_a_connection_that_may_be_closed_or_misread(String headers)
      throws Exception {
    var answer = "HTTP/1.1 200 OK\r\n" + headers + "\r\n2\r\nok\r\n0\r\n\r\n";
    try (var server = new ScriptedServer(connection -> sendAndWait(connection, answer))) {
      assertThat(send(server).text()).isEqualTo("ok");
      assertThat(send(server).text()).isEqualTo("ok");
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void a_server_that_keeps_connections_open_gets_the_next_request_over_the_same_one()
      throws Exception {
    var answer = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=600\r\nContent-Length: 2\r\n\r\nok";
    try (var server =
        new ScriptedServer(
            connection -> {
              sendAndWait(connection, answer);
              sendAndWait(connection, answer);
            })) {
      assertThat(send(server).text()).isEqualTo("ok");
      assertThat(send(server).text()).isEqualTo("ok");
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void a_missing_blank_line_after_the_last_chunk_is_accepted() throws Exception {
    var answer = "HTTP/1.1 200 OK\r\n" + CHUNKED + "\r\n2\r\nok\r\n0\r\n";
    try (var server = new ScriptedServer(connection -> connection.send(answer))) {
      var whole = send(server);
      assertThat(whole.text()).isEqualTo("ok");
      assertThat(whole.last()).isInstanceOf(End.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 5_000, 12_000})
  void a_header_after_the_last_chunk_may_be_long(int length) throws Exception {
    var answer = "HTTP/1.1 200 OK\r\n" + CHUNKED + "\r\n2\r\nok\r\n0\r\n";
    var trailer = "X-Report: " + "x".repeat(length) + "\r\n\r\n";
    try (var server = new ScriptedServer(connection -> sendAndWait(connection, answer + trailer))) {
      var whole = send(server);
      assertThat(whole.text()).isEqualTo("ok");
      assertThat(whole.last()).isInstanceOf(End.class);
    }
  }

  @ParameterizedTest
  @CsvSource({"zz, ok", "2|abc, okab"})
  void data_before_a_wrong_chunk_is_not_lost(String wrong, String expected) throws Exception {
    var answer =
        "HTTP/1.1 200 OK\r\n" + CHUNKED + "\r\n2\r\nok\r\n" + wrong.replace("|", "\r\n") + "\r\n";
    try (var server = new ScriptedServer(connection -> sendAndWait(connection, answer))) {
      var whole = send(server);
      assertThat(whole.text()).isEqualTo(expected);
      assertThat(whole.last()).isInstanceOf(Failed.class);
    }
  }
}
