package dev.keywheel.people.identity;

import java.util.Optional;

/**
 * The browser that sends a request.
 *
 * @param address its IP address
 * @param agent its user agent; empty if missing
 * @param token the secret of its cookie from the last sign-in; empty if there is none
 * @param invitation the token of the invitation link that led to the sign-in; empty if none
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
