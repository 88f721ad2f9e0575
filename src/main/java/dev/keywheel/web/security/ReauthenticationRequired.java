package dev.keywheel.web.security;

/** The route needs the password given again, because that was more than ten minutes ago. */
public final class ReauthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReauthenticationRequired() {
    super("Enter your password to continue.");
  }
}
