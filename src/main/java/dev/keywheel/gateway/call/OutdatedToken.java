package dev.keywheel.gateway.call;

/** A token or an alias was changed after a request was accepted: it must be accepted again. */
final class OutdatedToken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutdatedToken() {
    super("the access token or an alias was changed", null, false, false);
  }
}
