package dev.keywheel.web.security;

/** Thrown if the administrator has to set up a second factor before anything else. */
public final class SecondFactorRequired extends RuntimeException {
  /** Path of the page on which a second factor is set up. */
  public static final String PATH = "/settings/second-factor";

  public SecondFactorRequired() {
    super("Administrators need a second factor here. Set one up first, at " + PATH + ".");
  }
}
