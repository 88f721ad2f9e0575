package dev.keywheel.web.security;

/** The route is for signed-in people and nobody is: a session that ended, or never was. */
public final class AuthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public AuthenticationRequired() {
    super("Your session has ended. Sign in to go on.");
  }
}
