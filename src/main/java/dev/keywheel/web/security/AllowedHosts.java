package dev.keywheel.web.security;

import dev.keywheel.net.IpAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values of the {@code Host} header that this server answers for: host and port of the public
 * URL, and, if it listens on loopback, also loopback names with any port, since a tunnel changes
 * the port.
 */
public record AllowedHosts(Optional<URI> publicUrl, boolean loopback) {
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-f:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /**
   * @param listening the address that the server listens on
   */
  public static AllowedHosts of(String listening, Optional<URI> publicUrl) {
    return new AllowedHosts(publicUrl, IpAddress.isLoopback(listening));
  }

  /** Whether this server answers for this value; false for null, which is a missing header. */
  public boolean allows(@Nullable String header) {
    var host = HOST.matcher(header == null ? "" : header.toLowerCase(Locale.ROOT));
    if (!host.matches()) {
      return false;
    }
    String name = host.group(1);
    @Nullable String port = host.group(2);
    return (loopback && IpAddress.isLoopback(name))
        || publicUrl
            .filter(url -> url.getHost().equalsIgnoreCase(name))
            .filter(url -> port(url) == (port == null ? defaultPort(url) : Integer.parseInt(port)))
            .isPresent();
  }

  private static int port(URI url) {
    return url.getPort() < 0 ? defaultPort(url) : url.getPort();
  }

  private static int defaultPort(URI url) {
    return "https".equals(url.getScheme()) ? HTTPS_PORT : HTTP_PORT;
  }
}
