package dev.keywheel.key.search;

/** A sort and its direction: {@code name} is ascending and {@code -name} descending in URLs. */
public record KeyOrder(KeySort by, boolean down) {
  public static final KeyOrder DEFAULT = new KeyOrder(KeySort.NAME, false);

  /** Parses the form in URLs; returns the default for an unknown value. */
  public static KeyOrder of(String word) {
    boolean down = word.startsWith("-");
    return KeySort.of(down ? word.substring(1) : word)
        .map(by -> new KeyOrder(by, down))
        .orElse(DEFAULT);
  }

  /** The form in URLs. */
  public String word() {
    return (down ? "-" : "") + by.word();
  }
}
