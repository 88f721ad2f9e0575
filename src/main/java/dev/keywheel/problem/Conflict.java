package dev.keywheel.problem;

/** The thing has changed since the page was made: somebody else was faster. */
public class Conflict extends Refused {
  private static final long serialVersionUID = 1L;

  public Conflict(String sentence) {
    super(sentence);
  }
}
