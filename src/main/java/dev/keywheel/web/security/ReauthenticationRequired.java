package dev.keywheel.web.security;

/** Thrown if a route needs a confirmation from the last ten minutes. */
public final class ReauthenticationRequired extends RuntimeException {
  public ReauthenticationRequired() {
    super("Confirm that it is you to continue.");
  }
}
