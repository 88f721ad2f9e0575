package dev.keywheel.people.identity;

import java.util.Optional;

/**
 * The browser that sends a request.
 *
 * @param address its IP address
 * @param agent its user agent; empty if missing
 * @param token its secret from the last sign-in
 * @param invitation the token of the invitation link that led it to the sign-in
 */
public record Browser(
    String address, String agent, Optional<String> token, Optional<String> invitation) {

  public Browser(String address, String agent, Optional<String> token) {
    this(address, agent, token, Optional.empty());
  }

  public Browser withInvitation(Optional<String> link) {
    return new Browser(address, agent, token, link);
  }

  @Override
  public String toString() {
    return "Browser[" + address + "]";
  }
}
