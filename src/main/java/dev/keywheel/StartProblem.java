package dev.keywheel;

/** Keywheel cannot start. The message says what to do. */
final class StartProblem extends Exception {
  private static final long serialVersionUID = 1L;

  StartProblem(String sentence) {
    super(sentence);
  }
}
