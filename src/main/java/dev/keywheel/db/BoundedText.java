package dev.keywheel.db;

/** Texts of limited length. PostgreSQL cannot store half of a surrogate pair. */
public final class BoundedText {
  private BoundedText() {}

  /** The first {@code most} characters, without half of a surrogate pair. */
  public static String start(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    boolean half = most > 0 && Character.isHighSurrogate(text.charAt(most - 1));
    return text.substring(0, half ? most - 1 : most);
  }
}
