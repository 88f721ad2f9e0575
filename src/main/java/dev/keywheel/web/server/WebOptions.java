package dev.keywheel.web.server;

import java.net.URI;
import java.util.Optional;

/**
 * Where the server listens and how it is reached.
 *
 * @param port 0 picks a free one
 * @param publicUrl where browsers find it; https here turns on Secure cookies and HSTS. Empty: from
 *     host and port
 * @param connections of browsers, open at the same time
 * @param dev pages and styles are read from the source tree again and again
 */
public record WebOptions(
    String host, int port, Optional<URI> publicUrl, boolean dev, int connections) {
  public WebOptions(String host, int port, Optional<URI> publicUrl, boolean dev) {
    this(host, port, publicUrl, dev, OpenConnections.most());
  }

  boolean https() {
    return publicUrl.map(url -> "https".equals(url.getScheme())).orElse(false);
  }

  /** Scheme, host and port of the public address; empty when there is none. */
  String origin() {
    return publicUrl.map(url -> url.getScheme() + "://" + url.getRawAuthority()).orElse("");
  }
}
