package dev.keywheel.problem;

/** The user lacks permission. The message says who has it. */
public class Forbidden extends RuntimeException {
  public Forbidden(String sentence) {
    super(sentence);
  }
}
