package dev.keywheel.article.view;

import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.store.ArticleRepository;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Recently assembled articles. Versions of parts never change, so an article of the same versions
 * is the same article: it is assembled and measured once, not at each view.
 */
final class ArticleCache {
  /** A long article takes about 300 kB. */
  private static final int MOST = 50;

  /** An article with everything that is derived from it. */
  record Made(ArticleParts parts, ArticleBody body, Quality quality, List<String> gaps) {}

  private record Key(
      UUID article,
      List<UUID> versions,
      Instant updated,
      @Nullable Instant reviewed,
      Publication publication) {}

  private final Map<Key, Optional<Made>> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Optional<Made>> eldest) {
          return size() > MOST;
        }
      };

  /** The cached article, otherwise the newly assembled one; empty without a plan. */
  Optional<Made> of(
      ArticleRepository.Article article,
      Publication publication,
      PartSet partSet,
      Supplier<Optional<Made>> making) {
    var versions = partSet.parts().values().stream().map(p -> p.id()).toList();
    var key =
        new Key(article.id(), versions, article.updatedAt(), article.reviewedAt(), publication);
    synchronized (kept) {
      var before = kept.get(key);
      if (before != null) {
        return before;
      }
    }
    var made = making.get();
    synchronized (kept) {
      kept.put(key, made);
    }
    return made;
  }
}
