package dev.keywheel.people.identity;

import java.util.Optional;

/**
 * The browser that sends a request.
 *
 * @param address its IP address
 * @param agent what it calls itself; empty when it does not say
 * @param token secret that it was given at its last sign-in
 */
public record Browser(String address, String agent, Optional<String> token) {
  @Override
  public String toString() {
    return "Browser[" + address + "]";
  }
}
