package dev.keywheel.article.plan;

/**
 * Something that a part lacks or has wrong, for whoever answers for the page.
 *
 * @param text a sentence that names the part or the heading
 * @param blocks how many blocks it concerns
 */
public record ContentGap(String text, int blocks) {
  public static ContentGap of(String text) {
    return new ContentGap(text, 1);
  }
}
