package dev.keywheel.net;

import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * Creates HTTP connections that remember the malformed address of a request. Jetty replaces the
 * method and the address of such a request with its own, which do not show whether the request was
 * for a page or for the gateway.
 */
public final class RequestLines extends HttpConnectionFactory {
  public RequestLines(HttpConfiguration http) {
    super(http);
  }

  /**
   * The address as sent, which may be any text; null if the server could read the address or could
   * not find one.
   */
  public static @Nullable String malformedAddress(Request request) {
    return request.getConnectionMetaData().getConnection() instanceof Line line
        ? line.malformed
        : null;
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    var connection = new Line(getHttpConfiguration(), connector, endPoint);
    connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
    return configure(connection, connector, endPoint);
  }

  private static final class Line extends HttpConnection {
    private volatile @Nullable String malformed;
    private boolean refused;

    private Line(HttpConfiguration http, Connector connector, EndPoint endPoint) {
      super(http, connector, endPoint);
    }

    /** Called again, with Jetty's own address, if the first call failed. */
    @Override
    protected HttpStreamOverHTTP1 newHttpStream(
        String method, String address, @Nullable HttpVersion version) {
      if (refused) {
        return super.newHttpStream(method, address, version);
      }
      refused = true;
      malformed = address;
      var stream = super.newHttpStream(method, address, version);
      refused = false;
      malformed = null;
      return stream;
    }
  }
}
