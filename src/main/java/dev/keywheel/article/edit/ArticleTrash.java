package dev.keywheel.article.edit;

import static dev.keywheel.article.store.ArticleRepository.TRASHED;
import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.run.OpenRuns;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** Deleted articles: they can be restored until retention purges them. */
public final class ArticleTrash {
  /**
   * Maximum number of articles purged in one transaction; low, because an article can have many
   * pictures.
   */
  private static final int PURGED_AT_ONCE = 50;

  private final Database database;
  private final OpenRuns openRuns = new OpenRuns();
  private final Audit audit;
  private final InstantSource clock;

  public ArticleTrash(Database database, Audit audit, InstantSource clock) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * A deleted article.
   *
   * @param by email address of the user who deleted it; empty if unknown
   */
  public record TrashedArticle(UUID id, String name, Instant deletedAt, String by) {}

  /**
   * Lists deleted articles, newest deletion first in both paging directions.
   *
   * @param cursor id of an article in the trash; null for the beginning
   */
  public List<TrashedArticle> articles(
      UUID workspace, @Nullable UUID cursor, boolean backwards, int limit) {
    return database.read(
        dsl -> {
          var at = ARTICLES.DELETED_AT;
          var from =
              cursor == null
                  ? null
                  : dsl.select(at).from(ARTICLES).where(ARTICLES.ID.eq(cursor)).fetchOne(at);
          // The first comparison is where the index scan begins; an "or" alone would be its filter.
          var beyond =
              from == null
                  ? noCondition()
                  : backwards
                      ? at.ge(from).and(at.gt(from).or(ARTICLES.ID.lt(cursor)))
                      : at.le(from).and(at.lt(from).or(ARTICLES.ID.gt(cursor)));
          var found =
              dsl.select(
                      ARTICLES.ID,
                      coalesce(ARTICLES.TITLE, ARTICLES.TOPIC),
                      at,
                      coalesce(ARTICLES.DELETED_BY_NAME, ""))
                  .from(ARTICLES)
                  .where(ARTICLES.WORKSPACE_ID.eq(workspace), TRASHED, beyond)
                  .orderBy(
                      backwards ? at.asc() : at.desc(),
                      backwards ? ARTICLES.ID.desc() : ARTICLES.ID.asc())
                  .limit(limit)
                  .fetch(Records.mapping(TrashedArticle::new));
          return backwards ? found.reversed() : found;
        });
  }

  /** Whether the article is in the trash and can be restored. */
  public boolean has(UUID workspace, UUID articleId) {
    return database.read(
        dsl ->
            dsl.fetchExists(
                ARTICLES, ARTICLES.ID.eq(articleId), ARTICLES.WORKSPACE_ID.eq(workspace), TRASHED));
  }

  /**
   * Moves the article to the trash; its runs and logs are kept.
   *
   * @return whether the article has an uncancelled run in progress, which a job will cancel
   */
  public boolean delete(UUID articleId, Principal who) {
    return database.inTx(
        tx -> {
          int deleted =
              tx.dsl()
                  .update(ARTICLES)
                  .set(ARTICLES.DELETED_AT, clock.instant())
                  .set(ARTICLES.DELETED_BY_NAME, who.email())
                  .where(
                      ARTICLES.ID.eq(articleId),
                      ARTICLES.WORKSPACE_ID.eq(who.workspaceId()),
                      ARTICLES.DELETED_AT.isNull())
                  .execute();
          if (deleted == 0) {
            throw ArticleRepository.noArticle();
          }
          audit.record(tx, who, AuditAction.ARTICLE_DELETED, articleId.toString(), Map.of());
          return openRuns.hasUncancelled(tx.dsl(), articleId);
        });
  }

  /**
   * Restores articles.
   *
   * @return the number of restored articles; those no longer in the trash are skipped
   */
  public int restore(Collection<UUID> ids, Principal who) {
    return database.inTx(
        tx -> {
          var restored =
              tx.dsl()
                  .update(ARTICLES)
                  .setNull(ARTICLES.DELETED_AT)
                  .setNull(ARTICLES.DELETED_BY_NAME)
                  .where(ARTICLES.ID.in(ids), ARTICLES.WORKSPACE_ID.eq(who.workspaceId()), TRASHED)
                  .returningResult(ARTICLES.ID)
                  .fetch(ARTICLES.ID);
          restored.forEach(
              id -> audit.record(tx, who, AuditAction.ARTICLE_UNDELETED, id.toString(), Map.of()));
          return restored.size();
        });
  }

  /**
   * Removes the parts, title and score details of articles that were deleted before {@code before},
   * except articles with a run that has not ended, because the run would write parts again.
   *
   * @param limit maximum number of articles; at most {@value #PURGED_AT_ONCE} are purged
   */
  public static RemovedRows purge(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int most = Math.min(limit, PURGED_AT_ONCE);
    var ids =
        tx.dsl()
            .select(ARTICLES.ID)
            .from(ARTICLES)
            .where(
                ARTICLES.WORKSPACE_ID.eq(workspace),
                TRASHED,
                ARTICLES.DELETED_AT.lt(before),
                ARTICLES.ID.notIn(OpenRuns.busyArticles(workspace)))
            .orderBy(ARTICLES.DELETED_AT, ARTICLES.ID)
            .limit(most)
            .forUpdate()
            .fetch(ARTICLES.ID);
    tx.dsl().deleteFrom(PARTS).where(PARTS.ARTICLE_ID.in(ids)).execute();
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.PURGED, true)
        .setNull(ARTICLES.TITLE)
        .setNull(ARTICLES.SCORE_PARTS)
        .where(ARTICLES.ID.in(ids))
        .execute();
    return RemovedRows.oldest(ids.size(), most);
  }
}
