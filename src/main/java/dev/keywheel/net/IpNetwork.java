package dev.keywheel.net;

import java.math.BigInteger;
import java.net.InetAddress;

/** A network in CIDR notation: the first {@code prefix} bits of its addresses are the same. */
public record IpNetwork(InetAddress first, int prefix) {
  /**
   * Parses a network.
   *
   * @param text such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}; a single address counts as a
   *     network of one
   * @throws IllegalArgumentException when the text is malformed, is the whole address space, or has
   *     bits set after the prefix
   */
  public static IpNetwork parse(String text) {
    int slash = text.indexOf('/');
    var first =
        IpAddress.parse(slash < 0 ? text : text.substring(0, slash))
            .orElseThrow(() -> new IllegalArgumentException(text));
    int bits = first.getAddress().length * 8;
    int prefix = slash < 0 ? bits : Integer.parseInt(text, slash + 1, text.length(), 10);
    if (prefix < 1 || prefix > bits) {
      throw new IllegalArgumentException(text);
    }
    var network = new IpNetwork(first, prefix);
    if (!network.top(first).shiftLeft(bits - prefix).equals(number(first))) {
      throw new IllegalArgumentException(text);
    }
    return network;
  }

  /** False for a text that is not an address. */
  public boolean contains(String address) {
    return IpAddress.parsePeer(address).filter(this::contains).isPresent();
  }

  boolean contains(InetAddress address) {
    return address.getAddress().length == first.getAddress().length
        && top(address).equals(top(first));
  }

  /** CIDR notation; a single address without its prefix. */
  @Override
  public String toString() {
    String address = first.getHostAddress();
    return prefix == first.getAddress().length * 8 ? address : address + "/" + prefix;
  }

  private BigInteger top(InetAddress address) {
    return number(address).shiftRight(address.getAddress().length * 8 - prefix);
  }

  private static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }
}
