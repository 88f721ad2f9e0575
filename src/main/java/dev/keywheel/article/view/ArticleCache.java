package dev.keywheel.article.view;

import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.run.model.ArticleContent;
import dev.keywheel.article.run.model.Gaps;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.time.LruMap;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Recently assembled articles. Versions of parts never change, so an article with the same versions
 * is assembled and measured only once, not at each view.
 */
final class ArticleCache {
  /** Maximum number of cached articles. A long one takes about 300 kB. */
  private static final int MAX_ARTICLES = 50;

  /** An article with everything that is derived from it. */
  record CachedArticle(ArticleParts parts, ArticleBody body, Quality quality, List<String> gaps) {}

  private record Key(
      UUID article,
      List<UUID> versions,
      Instant updated,
      @Nullable Instant reviewed,
      Publication publication) {}

  private final Map<Key, Optional<CachedArticle>> cache = new LruMap<>(MAX_ARTICLES);

  /** The cached article, otherwise the newly assembled one; empty without a plan. */
  Optional<CachedArticle> of(
      ArticleRepository.Article article, Publication publication, PartSet partSet) {
    var versions = partSet.parts().values().stream().map(p -> p.id()).toList();
    var key =
        new Key(article.id(), versions, article.updatedAt(), article.reviewedAt(), publication);
    synchronized (cache) {
      var before = cache.get(key);
      if (before != null) {
        return before;
      }
    }
    var made =
        ArticleContent.parts(partSet, about(article, publication))
            .map(parts -> derive(article, partSet, parts));
    synchronized (cache) {
      cache.put(key, made);
    }
    return made;
  }

  private static ArticleContent.ArticleProperties about(
      ArticleRepository.Article article, Publication publication) {
    return new ArticleContent.ArticleProperties(
        article.language(),
        article.createdAt(),
        article.updatedAt(),
        article.reviewedAt(),
        publication);
  }

  private static CachedArticle derive(
      ArticleRepository.Article article, PartSet partSet, ArticleParts parts) {
    var gaps = Gaps.of(partSet, article.language());
    return new CachedArticle(
        parts,
        new Assembly(parts).body(sources(article.id(), partSet)),
        ArticleContent.quality(partSet, parts, gaps),
        gaps.stream().map(ContentGap::text).toList());
  }

  /** Within Keywheel the picture and the tool have separate URLs. */
  private static Assembly.Sources sources(UUID articleId, PartSet partSet) {
    var picture =
        partSet
            .part(PartName.IMAGE)
            .map(p -> "/articles/" + articleId + "/picture.png?v=" + p.version())
            .orElse(null);
    var tool =
        partSet
            .part(PartName.TOOL)
            .map(p -> "/t/" + p.id() + "/" + FramedTool.sha256(p.as(ToolBody.class).document()))
            .orElse(null);
    return new Assembly.Sources(picture, tool, null);
  }
}
