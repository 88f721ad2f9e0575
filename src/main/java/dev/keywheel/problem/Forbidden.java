package dev.keywheel.problem;

/** The person may not do this. The message says who may. */
public class Forbidden extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Forbidden(String sentence) {
    super(sentence);
  }
}
