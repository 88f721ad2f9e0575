package dev.keywheel.web.server;

import dev.keywheel.net.TrustedProxies;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.web.security.AllowedHosts;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Address and limits of the server.
 *
 * @param port the port to listen on; 0 picks a free port
 * @param publicUrl the URL for browsers; https turns on Secure cookies and HSTS. May be empty only
 *     on loopback, where the host of each request is used instead
 * @param proxies the proxies whose headers are trusted for the address of a browser
 * @param connections maximum number of open connections
 * @param headersWithin time limit for the headers of a request, from its first byte; a connection
 *     that exceeds it is closed
 * @param dev whether templates and styles are read from the source tree again for each page
 */
public record WebOptions(
    String host,
    int port,
    Optional<URI> publicUrl,
    TrustedProxies proxies,
    boolean dev,
    int connections,
    Duration headersWithin) {
  private static final Duration HEADERS_WITHIN = Duration.ofSeconds(30);

  public WebOptions(
      String host, int port, Optional<URI> publicUrl, TrustedProxies proxies, boolean dev) {
    this(host, port, publicUrl, proxies, dev, OpenConnections.most(), HEADERS_WITHIN);
  }

  /** The same with another time limit for headers; the default is 30 seconds. */
  public WebOptions headersWithin(Duration limit) {
    return new WebOptions(host, port, publicUrl, proxies, dev, connections, limit);
  }

  /** Empty for an IP address, which cannot have passkeys. */
  String passkeyHost() {
    var site = PasskeySite.of(publicUrl);
    return site.isHostName() ? site.host() : "";
  }

  boolean https() {
    return publicUrl.map(url -> "https".equals(url.getScheme())).orElse(false);
  }

  AllowedHosts hosts() {
    return AllowedHosts.of(host, publicUrl);
  }

  /** Scheme, host and port of the public URL; empty when there is none. */
  String origin() {
    return publicUrl.map(url -> url.getScheme() + "://" + url.getRawAuthority()).orElse("");
  }
}
