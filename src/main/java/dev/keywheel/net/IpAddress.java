package dev.keywheel.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** IPv4 and IPv6 addresses as text. No method queries a name server. */
public final class IpAddress {
  /** Bytes of the IPv6 prefix that an Internet provider usually assigns to one customer. */
  private static final int CUSTOMER_BYTES = 8;

  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");

  private IpAddress() {}

  /** An address without zone, port or brackets; an IPv4 address mapped to IPv6 becomes IPv4. */
  static Optional<InetAddress> parse(String text) {
    boolean ipv6 = text.indexOf(':') >= 0;
    if (ipv6 ? !IPV6.matcher(text).matches() : !beginsWithDigit(text)) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text))
          // Refuses short forms such as 127.1.
          .filter(address -> ipv6 || address.getHostAddress().equals(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean beginsWithDigit(String text) {
    return !text.isEmpty() && text.charAt(0) >= '0' && text.charAt(0) <= '9';
  }

  /** The address of a connection, which may have brackets and a zone. */
  static Optional<InetAddress> parsePeer(String text) {
    var bare =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    int zone = bare.indexOf('%');
    return parse(zone < 0 ? bare : bare.substring(0, zone));
  }

  /** Whether this is a loopback address, with or without brackets, or {@code localhost}. */
  public static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || parsePeer(host).filter(InetAddress::isLoopbackAddress).isPresent();
  }

  /**
   * The client for which attempts are counted: an IPv4 address itself, or the /64 network of an
   * IPv6 address, which one customer usually has. Returns any other text unchanged.
   */
  public static String network(String address) {
    return parsePeer(address).map(IpAddress::network).orElse(address);
  }

  private static String network(InetAddress address) {
    var bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    Arrays.fill(bytes, CUSTOMER_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes).getHostAddress() + "/64";
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // 16 bytes are always an address
    }
  }
}
