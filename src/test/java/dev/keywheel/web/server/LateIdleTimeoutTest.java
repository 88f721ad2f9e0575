package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Idle timeouts that the process notices late, because it was suspended. */
class LateIdleTimeoutTest {
  private final LateScheduler scheduler = new LateScheduler();
  private final Server server = new Server(null, scheduler, null);

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @Test
  void a_connection_whose_timeout_is_noticed_late_still_gets_its_answer() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), startServer(1_000, 1_100))) {
      scheduler.noticed.await();

      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));

      assertThat(new String(socket.getInputStream().readNBytes(12), US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void an_idle_connection_is_closed_at_the_end_of_its_timeout() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), startServer(300, 0))) {
      assertThat(socket.getInputStream().read()).isNegative();
      scheduler.noticed.await(); // shortly after the connection is closed
    }
  }

  private int startServer(long timeoutMillis, long stoppedMillis) throws Exception {
    var connector = OpenConnections.connector(server, new HttpConnectionFactory(), 10);
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    connector.setIdleTimeout(timeoutMillis);
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            Content.Sink.write(response, true, "hello", callback);
            return true;
          }
        });
    server.start();
    scheduler.lateMillis = stoppedMillis;
    return connector.getLocalPort();
  }

  /** Runs the first timeout of a connection late, and later ones in time. */
  private static final class LateScheduler extends ScheduledExecutorScheduler {
    private final CountDownLatch noticed = new CountDownLatch(1);
    private volatile long lateMillis;

    @Override
    public Scheduler.Task schedule(Runnable task, long delay, TimeUnit unit) {
      long late = lateMillis;
      lateMillis = 0;
      return super.schedule(
          () -> {
            task.run();
            noticed.countDown();
          },
          unit.toMillis(delay) + late,
          TimeUnit.MILLISECONDS);
    }
  }
}
