package dev.keywheel.net;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the addresses that proxies wrote into a request, in the order of the proxies. An element
 * that is not an address becomes empty.
 */
final class ForwardedFor {
  private static final Pattern IPV4_WITH_PORT = Pattern.compile("([0-9.]+)(?::\\d{1,5})?");
  private static final Pattern BRACKETED = Pattern.compile("\\[([^\\[\\]]+)](?::\\d{1,5})?");

  /** The parameter {@code for} of an element of {@code Forwarded}, RFC 7239. */
  private static final Pattern FOR =
      Pattern.compile(
          "\\s*for\\s*=\\s*(?:\"([^\"\\\\]*)\"|([^\\s\"]+))\\s*", Pattern.CASE_INSENSITIVE);

  private ForwardedFor() {}

  /** The addresses in {@code X-Forwarded-For}, which may have several lines. */
  static List<Optional<InetAddress>> parseXForwardedFor(List<String> lines) {
    return Stream.of(String.join(",", lines).split(",", -1))
        .map(String::strip)
        .map(ForwardedFor::node)
        .toList();
  }

  /** The addresses in {@code Forwarded}, which may have several lines. */
  static List<Optional<InetAddress>> parseForwarded(List<String> lines) {
    return split(String.join(",", lines), ',').stream().map(ForwardedFor::element).toList();
  }

  private static Optional<InetAddress> element(String element) {
    var nodes = split(element, ';').stream().map(FOR::matcher).filter(Matcher::matches).toList();
    if (nodes.size() != 1) {
      return Optional.empty();
    }
    var quoted = nodes.getFirst().group(1);
    return node(quoted == null ? nodes.getFirst().group(2) : quoted);
  }

  /** An address with or without a port; an IPv6 address also with brackets. */
  private static Optional<InetAddress> node(String node) {
    for (var form : List.of(IPV4_WITH_PORT, BRACKETED)) {
      var matcher = form.matcher(node);
      if (matcher.matches()) {
        return IpAddress.parse(matcher.group(1));
      }
    }
    return IpAddress.parse(node);
  }

  /** Splits outside quoted strings; text after an unclosed quote stays one part. */
  private static List<String> split(String text, char separator) {
    var parts = new ArrayList<String>();
    boolean quoted = false;
    int from = 0;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        quoted = !quoted;
      } else if (quoted && c == '\\') {
        at++;
      } else if (!quoted && c == separator) {
        parts.add(text.substring(from, at));
        from = at + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}
