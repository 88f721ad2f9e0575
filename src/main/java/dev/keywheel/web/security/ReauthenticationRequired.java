package dev.keywheel.web.security;

/** The route needs a confirmation from the last ten minutes. */
public final class ReauthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReauthenticationRequired() {
    super("Confirm that it is you to continue.");
  }
}
