package dev.keywheel.article.plan;

/** Length of each of the two sections. */
public enum Length {
  SHORT("Short", 600, 1_600),
  STANDARD("Standard", 1_200, 2_600),
  LONG("Long", 2_500, 4_800);

  private final String label;
  private final int words;
  private final int tokens;

  Length(String label, int words, int tokens) {
    this.label = label;
    this.words = words;
    this.tokens = tokens;
  }

  public String label() {
    return label;
  }

  /** Planned number of words of one section. */
  public int words() {
    return words;
  }

  /** {@code max_tokens} of one section in a Latin script: words × 1.6 + 600, and up to 200 more. */
  public int tokens() {
    return tokens;
  }
}
