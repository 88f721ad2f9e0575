package dev.keywheel.web.security;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;

/**
 * Refuses requests whose host is not one of the {@link AllowedHosts}. Another site can point its
 * own name at this server (DNS rebinding); for the browser, its pages then have the same origin as
 * this server.
 */
public final class HostFilter implements Filter {
  /** Path of the liveness check. */
  public static final String ALIVE = "/healthz";

  /** Path of the readiness check. */
  public static final String READY = "/readyz";

  /** Paths allowed for any host name, because load balancers use the IP address. */
  private static final Set<String> HEALTH = Set.of(ALIVE, READY);

  private static final int MISDIRECTED_REQUEST = 421;
  private static final String SENTENCE =
      "This server does not answer for this host name. Open Keywheel at the address in its setting"
          + " KEYWHEEL_URL. A proxy in front must pass on the Host header, including the port.\n";

  private final AllowedHosts hosts;
  private final PlainRefusal refusal;

  public HostFilter(AllowedHosts hosts, PlainRefusal refusal) {
    this.hosts = hosts;
    this.refusal = refusal;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain rest)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest sent
        && response instanceof HttpServletResponse refused
        && !HEALTH.contains(sent.getRequestURI())
        && !hosts.allows(sent.getHeader("Host"))) {
      refusal.write(refused, MISDIRECTED_REQUEST, SENTENCE);
    } else {
      rest.doFilter(request, response);
    }
  }
}
