package dev.keywheel.web.security;

/**
 * Thrown if a route needs a signed-in user, and the request has no session or its session has
 * ended.
 */
public final class AuthenticationRequired extends RuntimeException {
  /** What happens to a submitted form. */
  public enum SentForm {
    NONE(""),
    KEPT(" Your form is kept."),
    KEPT_WITHOUT_KEYS(
        " Your form is kept, but not the keys in it: paste them again after you have signed in."),
    NOT_KEPT(" Your form was not kept. Sign in, go back to the form and send it again.");

    private final String sentence;

    SentForm(String sentence) {
      this.sentence = sentence;
    }

    public boolean kept() {
      return this == KEPT || this == KEPT_WITHOUT_KEYS;
    }
  }

  private final SentForm form;

  public AuthenticationRequired(SentForm form) {
    super("Your session has ended. Sign in to continue." + form.sentence);
    this.form = form;
  }

  public SentForm form() {
    return form;
  }
}
