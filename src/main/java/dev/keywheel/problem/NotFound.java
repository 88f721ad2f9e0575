package dev.keywheel.problem;

/** The requested resource does not exist, or no longer exists. The message is shown to the user. */
public class NotFound extends RuntimeException {
  public NotFound(String sentence) {
    super(sentence);
  }

  public static NotFound noPage() {
    return new NotFound("There is no page at this address.");
  }
}
