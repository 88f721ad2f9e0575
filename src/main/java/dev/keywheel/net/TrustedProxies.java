package dev.keywheel.net;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The proxies whose {@code Forwarded} and {@code X-Forwarded-For} headers are trusted. */
public record TrustedProxies(List<IpNetwork> networks) {
  public static final TrustedProxies NONE = new TrustedProxies(List.of());

  /**
   * Parses a list of networks.
   *
   * @param text networks in CIDR notation, separated by commas
   * @throws IllegalArgumentException when one of them is malformed
   */
  public static TrustedProxies parse(String text) {
    return new TrustedProxies(
        Stream.of(text.split(",", -1)).map(String::strip).map(IpNetwork::parse).toList());
  }

  /**
   * The address of the client: that of the connection, or, if a trusted proxy made the connection,
   * the right-most address in its headers that is not a trusted proxy.
   *
   * <p>A proxy writes one of the two headers and forwards the other unchanged, so a client could
   * forge the other: if both are present, they must agree. In doubt, the result is the address of
   * the proxy.
   *
   * @param forwarded the lines of {@code Forwarded}
   * @param forwardedFor the lines of {@code X-Forwarded-For}
   */
  public String client(String peer, List<String> forwarded, List<String> forwardedFor) {
    var connection = IpAddress.parsePeer(peer);
    if (connection.isEmpty()) {
      return peer;
    }
    var proxy = connection.get().getHostAddress();
    if (!trusted(connection.get())) {
      return proxy;
    }
    var named =
        Stream.of(
                forwarded.isEmpty() ? null : ForwardedFor.parseForwarded(forwarded),
                forwardedFor.isEmpty() ? null : ForwardedFor.parseXForwardedFor(forwardedFor))
            .filter(Objects::nonNull)
            .map(nodes -> firstUntrusted(nodes.reversed()))
            .distinct()
            .toList();
    return named.size() == 1
        ? named.getFirst().map(InetAddress::getHostAddress).orElse(proxy)
        : proxy;
  }

  private Optional<InetAddress> firstUntrusted(List<Optional<InetAddress>> nodes) {
    return nodes.stream()
        .filter(node -> node.isEmpty() || !trusted(node.get()))
        .findFirst()
        .flatMap(node -> node);
  }

  private boolean trusted(InetAddress address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }
}
