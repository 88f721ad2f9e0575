package dev.keywheel.people.identity;

import java.util.Optional;

/**
 * The browser that sends a request.
 *
 * @param address its IP address
 * @param agent its user agent; empty if missing
 * @param token its secret from the last sign-in
 */
public record Browser(String address, String agent, Optional<String> token) {
  @Override
  public String toString() {
    return "Browser[" + address + "]";
  }
}
