package dev.keywheel.problem;

/** The requested key was deleted and can be restored from the trash of the keys. */
public final class InTrash extends NotFound {
  private static final long serialVersionUID = 1L;

  public InTrash(String sentence) {
    super(sentence);
  }
}
