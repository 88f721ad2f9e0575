package dev.keywheel.provider.socket;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server of a connection. An idle connection serves any request to the same origin. */
record Origin(boolean encrypted, String host, int port) {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  static Origin of(URI address) {
    boolean encrypted = "https".equalsIgnoreCase(address.getScheme());
    int standardPort = encrypted ? HTTPS_PORT : HTTP_PORT;
    return new Origin(
        encrypted,
        address.getHost().toLowerCase(Locale.ROOT),
        address.getPort() < 0 ? standardPort : address.getPort());
  }

  /** The proxy from the JDK's settings, as for all other requests; empty without a proxy. */
  static Optional<InetSocketAddress> proxy(@Nullable ProxySelector selector, URI address) {
    return selector == null
        ? Optional.empty()
        : selector.select(address).stream()
            .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
            .map(proxy -> (InetSocketAddress) proxy.address())
            .findFirst();
  }
}
