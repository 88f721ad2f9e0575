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
 * @param headersWithin after this time from the first byte of a request, a connection is closed
 *     whose headers are not complete
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

  /** The same with a shorter time limit for headers. */
  public WebOptions headersWithin(Duration shorter) {
    return new WebOptions(host, port, publicUrl, proxies, dev, connections, shorter);
  }

  /** Empty for an IP address, which cannot have passkeys. */
  String passkeyHost() {
    var site = PasskeySite.of(publicUrl);
    return site.named() ? site.host() : "";
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
