package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.RepeatedTest;

class OpenConnectionsTest {
  private static final int BOUND = 20;

  @RepeatedTest(5) // all are opened within a millisecond or two
  void idle_connections_make_room_for_a_page_and_never_are_more_open() throws Exception {
    var server = new Server();
    var connector = OpenConnections.connector(server, new HttpConnectionFactory(), BOUND);
    var most = new AtomicInteger();
    connector.addBean(new Count(most));
    server.addConnector(connector);
    server.setHandler(new Hello());
    server.start();
    var idle = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 5 * BOUND; i++) {
        idle.add(connected(connector));
      }
      var browser = new HttpBrowser(URI.create("http://127.0.0.1:" + connector.getLocalPort()));
      assertThat(browser.get("/").status()).isEqualTo(200);
      assertThat(most.get()).isBetween(BOUND / 2, BOUND);
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

  /** Also counts those that are accepted and not yet opened, which take a file each as well. */
  private static final class Count implements SelectorManager.AcceptListener {
    private final AtomicInteger most;
    private final Set<SelectableChannel> accepted = ConcurrentHashMap.newKeySet();

    Count(AtomicInteger most) {
      this.most = most;
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
      accepted.add(channel);
      accepted.removeIf(one -> !one.isOpen());
      most.accumulateAndGet(accepted.size(), Math::max);
    }
  }

  private static final class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Content.Sink.write(response, true, "hello", callback);
      return true;
    }
  }
}
