package dev.keywheel.problem;

/** The thing is not, or no longer, in the state that the request needs. */
public class Conflict extends Rejected {
  private static final long serialVersionUID = 1L;

  private final String title;

  /** {@code title}: what stands in the way, in a few words; the sentence says what to do. */
  public Conflict(String title, String sentence) {
    super(sentence);
    this.title = title;
  }

  public String title() {
    return title;
  }
}
