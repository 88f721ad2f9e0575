package dev.keywheel.provider.socket;

import static dev.keywheel.provider.socket.RelayClientTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.End;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import dev.keywheel.support.Await;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Idle connections when another one to the same server is closed. */
@Timeout(60)
class IdleConnectionsTest {
  private static final Duration LONG = WholeAnswer.LONG;
  private static final String OK = WholeAnswer.OK;

  @AutoClose private final RelayClient client = new RelayClient(LONG);

  private UpstreamExchange send(ScriptedServer server) {
    return WholeAnswer.begin(client, server.base());
  }

  @Test
  void after_a_connection_closed_under_a_request_the_next_one_gets_a_new_connection()
      throws Exception {
    try (var server =
        new ScriptedServer(
            connection -> {
              connection.send(OK);
              await(connection.socket().getInputStream(), "{}"); // and closes
            })) {
      var one = send(server);
      var other = send(server);
      assertThat(one.next(LONG)).isInstanceOf(Head.class);
      assertThat(WholeAnswer.of(other).text()).isEqualTo("ok");
      assertThat(one.next(LONG)).isInstanceOf(Bytes.class);
      assertThat(one.next(LONG)).isInstanceOf(End.class);

      assertThat(WholeAnswer.of(send(server)).last()).isEqualTo(new Failed(TransportError.RESET));
      assertThat(WholeAnswer.of(send(server)).text()).isEqualTo("ok");
      assertThat(server.requests()).hasSize(3);
    }
  }

  @Test
  void a_new_connection_that_closes_before_its_answer_leaves_the_idle_ones_open() throws Exception {
    var go = new CountDownLatch(1);
    var accepted = new AtomicInteger();
    try (var server =
        new ScriptedServer(
            connection -> {
              if (accepted.getAndIncrement() == 0) {
                connection.send(OK);
                await(connection.socket().getInputStream(), "{}");
                connection.send(OK);
              } else {
                go.await(); // and closes
              }
            })) {
      var one = send(server);
      var other = send(server);
      assertThat(one.next(LONG)).isInstanceOf(Head.class);
      assertThat(other.next(Duration.ofMillis(5))).isInstanceOf(Nothing.class);
      assertThat(one.next(LONG)).isInstanceOf(Bytes.class);
      assertThat(one.next(LONG)).as("one is idle now").isInstanceOf(End.class);
      go.countDown();

      assertThat(WholeAnswer.of(other).last()).isEqualTo(new Failed(TransportError.RESET));
      assertThat(WholeAnswer.of(send(server)).text()).isEqualTo("ok");
      assertThat(server.requests()).as("one for each connection").hasSize(2);
    }
  }

  @Test
  void an_idle_connection_that_the_provider_closes_cannot_be_used() throws Exception {
    try (var listening = ScriptedServer.plain();
        var connection = new ProviderConnection(new Origin(false, "127.0.0.1", 80))) {
      var origin = new Origin(false, "127.0.0.1", listening.getLocalPort());
      try (var open = new ProviderConnection(origin)) {
        open.open(
            new DnsCache("127.0.0.1", InetAddress::getAllByName),
            Optional.empty(),
            SSLContext.getDefault(),
            LONG);
        var accepted = listening.accept();
        assertThat(open.usable()).isTrue();
        accepted.close();
        Await.until("the end is detected", () -> !open.usable());
      }
      assertThat(connection.usable()).as("never opened").isFalse();
    }
  }
}
