package dev.keywheel.config;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Copies {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, which Java ignores, to its
 * system properties. Properties that are already set take precedence. The default port is 80.
 */
public final class ProxyVariables {
  private ProxyVariables() {}

  /**
   * Sets the properties of the variables that are set.
   *
   * @throws ConfigProblem when a variable is not the address of a proxy
   */
  public static void apply(Map<String, String> environment, Properties system) {
    var variables = new Variables(environment);
    for (var scheme : new String[] {"https", "http"}) {
      var name = name(environment, scheme.toUpperCase(Locale.ROOT) + "_PROXY");
      var value = variables.text(name);
      if (value.isPresent() && system.getProperty(scheme + ".proxyHost") == null) {
        var proxy = address(name, value.get());
        system.setProperty(scheme + ".proxyHost", proxy.getHost());
        system.setProperty(
            scheme + ".proxyPort", String.valueOf(proxy.getPort() < 0 ? 80 : proxy.getPort()));
      }
    }
    variables
        .text(name(environment, "NO_PROXY"))
        .filter(hosts -> system.getProperty("http.nonProxyHosts") == null)
        .ifPresent(hosts -> system.setProperty("http.nonProxyHosts", javaHosts(hosts)));
  }

  /** The name in the case in which the variable is not empty; upper case takes precedence. */
  private static String name(Map<String, String> environment, String upper) {
    return environment.getOrDefault(upper, "").isBlank() ? upper.toLowerCase(Locale.ROOT) : upper;
  }

  private static URI address(String name, String value) {
    try {
      var uri = URI.create(value.contains("://") ? value : "http://" + value);
      if (uri.getHost() != null
          && Variables.hasPossiblePort(uri)
          && uri.getRawUserInfo() == null
          && "http".equalsIgnoreCase(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException notAnAddress) {
      // Reported below with the allowed form.
    }
    throw new ConfigProblem(
        name
            + " is not the address of an HTTP proxy; allowed: http://host:port, without user and"
            + " password");
  }

  /**
   * As curl reads them, a name also stands for its subdomains: {@code example.com} and {@code
   * .example.com} become {@code localhost|127.*|[::1]|example.com|*.example.com}.
   */
  private static String javaHosts(String hosts) {
    return "localhost|127.*|[::1]|"
        + Arrays.stream(hosts.split(","))
            .map(String::strip)
            .filter(host -> !host.isEmpty())
            .map(host -> host.startsWith(".") ? host.substring(1) : host)
            .map(host -> isName(host) ? host + "|*." + host : host)
            .collect(Collectors.joining("|"));
  }

  /** Whether this is a name without a wildcard, not an IP address. */
  private static boolean isName(String host) {
    return host.chars().anyMatch(Character::isLetter) && !host.contains(":") && !host.contains("*");
  }
}
