package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.web.form.RequestSize;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MinimumDataRateTest {
  private final Server server = new Server();

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @Test
  void a_body_of_which_no_byte_arrives_fails_with_the_status_of_a_slow_one() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), startServer())) {
      socket
          .getOutputStream()
          .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na".getBytes(US_ASCII));

      assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII)).endsWith("408");
    }
  }

  /** Answers with the status that the error page of a request has. */
  private int startServer() throws Exception {
    var connector = new ServerConnector(server);
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    connector.setIdleTimeout(2_000);
    server.addConnector(connector);
    var rate = new MinimumDataRate(new TestClock());
    rate.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            String status = "none";
            try (var body = Content.Source.asInputStream(request)) {
              body.readAllBytes();
            } catch (IOException | RuntimeException failure) {
              status = String.valueOf(RequestSize.status(failure));
            }
            Content.Sink.write(response, true, status, callback);
            return true;
          }
        });
    server.setHandler(rate);
    server.start();
    return connector.getLocalPort();
  }
}
