package dev.keywheel.gateway.call;

final class OutdatedToken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutdatedToken() {
    super("the access token or an alias was changed", null, false, false);
  }
}
