package dev.keywheel.gateway.call;

final class OutdatedToken extends RuntimeException {
  OutdatedToken() {
    super("the access token or an alias was changed", null, false, false);
  }
}
