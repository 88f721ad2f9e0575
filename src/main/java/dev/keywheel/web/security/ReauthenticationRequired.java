package dev.keywheel.web.security;

/** The action needs the password given again, because that was more than ten minutes ago. */
public final class ReauthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String next;

  ReauthenticationRequired(String next) {
    super("Enter your password again to continue.");
    this.next = next;
  }

  /** The local page to come back to. */
  public String next() {
    return next;
  }
}
