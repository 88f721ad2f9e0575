package dev.keywheel.article.plan;

/**
 * Something that is missing or wrong in a part.
 *
 * @param text a sentence that names the part or the heading
 * @param blocks number of blocks with this gap; each costs points
 */
public record ContentGap(String text, int blocks) {
  public static ContentGap of(String text) {
    return new ContentGap(text, 1);
  }
}
