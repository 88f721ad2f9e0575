package dev.keywheel.web.security;

/** The route needs a password confirmation from the last ten minutes. */
public final class ReauthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReauthenticationRequired() {
    super("Enter your password to continue.");
  }
}
