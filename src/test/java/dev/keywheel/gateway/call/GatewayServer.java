package dev.keywheel.gateway.call;

import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A gateway on a local port. Requests that it leaves to others are answered with 418. */
final class GatewayServer implements AutoCloseable {
  private final Server server = new Server(threads());
  private final ServerConnector connector;

  GatewayServer(Gateway gateway) {
    server.setErrorHandler(gateway::answerUnread);
    var config = new HttpConfiguration();
    config.setHeaderCacheSize(0);
    config.setHttpCompliance(HttpCompliance.STRICT);
    config.setUriCompliance(Gateway.PATH_COMPLIANCE);
    connector = new ServerConnector(server, new HttpConnectionFactory(config));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    Handler.Wrapper front =
        gateway.handler(host -> host.startsWith("127.0.0.1"), Request::getRemoteAddr);
    front.setHandler(new Others());
    server.setHandler(front);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Others extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      response.setStatus(418);
      response.getHeaders().put("idle-timeout", idleTimeout(request));
      callback.succeeded();
      return true;
    }
  }

  private static long idleTimeout(Request request) {
    return request.getConnectionMetaData().getConnection().getEndPoint().getIdleTimeout();
  }

  private static QueuedThreadPool threads() {
    var threads = new QueuedThreadPool();
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    return threads;
  }

  int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
