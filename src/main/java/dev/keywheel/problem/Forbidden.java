package dev.keywheel.problem;

/** The user lacks permission. The message says who has it. */
public class Forbidden extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Forbidden(String sentence) {
    super(sentence);
  }
}
