package dev.keywheel.web.security;

/** The route is for signed-in users, and this request has no session or one that has ended. */
public final class AuthenticationRequired extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What becomes of the form that was sent. */
  public enum SentForm {
    NONE(""),
    KEPT(" Your form is kept."),
    NOT_KEPT(" Your form was not kept. Sign in, go back to the form and send it again.");

    private final String sentence;

    SentForm(String sentence) {
      this.sentence = sentence;
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
