package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {
  private static final int BOUND = 20;

  @RepeatedTest(5) // all are opened within a millisecond or two
  void idle_connections_make_room_for_a_page() throws Exception {
    var server = new Server();
    var connector = new ServerConnector(server);
    server.addConnector(connector);
    connector.addBean(new OpenConnections(BOUND));
    server.setHandler(new Hello());
    server.start();
    var idle = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 3 * BOUND; i++) {
        idle.add(connected(connector));
      }
      var browser = new HttpBrowser(URI.create("http://127.0.0.1:" + connector.getLocalPort()));
      assertThat(browser.get("/").status()).isEqualTo(200);
      Await.until(
          "only so many stay open",
          () -> {
            idle.add(connected(connector));
            return connector.getConnectedEndPoints().size() <= BOUND + 1;
          });
    } finally {
      for (var socket : idle) {
        socket.close();
      }
      server.stop();
    }
  }

  private static Socket connected(ServerConnector connector) {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void half_of_the_files_are_left_for_everything_else() {
    assertThat(OpenConnections.most(1_024, 140)).isEqualTo(442);
    assertThat(OpenConnections.most(1_000_000, 140)).isEqualTo(20_000);
    assertThat(OpenConnections.most(200, 140)).isEqualTo(30);
  }

  private static final class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Content.Sink.write(response, true, "hello", callback);
      return true;
    }
  }
}
