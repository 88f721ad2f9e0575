package dev.keywheel.problem;

/** The resource is not, or no longer, in the state that the request requires. */
public class Conflict extends Rejected {
  private final String title;

  /**
   * @param title the obstacle, in a few words
   * @param sentence what to do
   */
  public Conflict(String title, String sentence) {
    super(sentence);
    this.title = title;
  }

  public String title() {
    return title;
  }
}
