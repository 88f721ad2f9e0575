package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.Quality;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The input of an export.
 *
 * @param topic the topic that the user asked for
 * @param picture PNG; null when there is none
 * @param calls the provider calls of the article's runs
 */
public record ArticleFile(
    String topic,
    ArticleParts parts,
    byte @Nullable [] picture,
    Quality quality,
    List<ReportedCall> calls) {

  /** The picture as a data URL; null when there is none. */
  @Nullable String pictureUrl() {
    return picture == null
        ? null
        : "data:image/png;base64," + Base64.getEncoder().encodeToString(picture);
  }

  public String name(String ending) {
    return parts.plan().slug() + "." + ending;
  }
}
