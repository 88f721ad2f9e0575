package dev.keywheel.problem;

/**
 * What was asked for does not exist (any more). The message is a sentence for the person who asked.
 */
public class NotFound extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NotFound(String sentence) {
    super(sentence);
  }
}
