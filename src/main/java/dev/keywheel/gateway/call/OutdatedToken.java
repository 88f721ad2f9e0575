package dev.keywheel.gateway.call;

/** Thrown when a token or an alias has changed since the request was accepted. */
final class OutdatedToken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutdatedToken() {
    super("the access token or an alias was changed", null, false, false);
  }
}
