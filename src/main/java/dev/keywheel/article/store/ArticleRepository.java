package dev.keywheel.article.store;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static java.util.stream.Collectors.toSet;
import static org.jooq.impl.DSL.not;

import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.run.model.ArticleContent;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.run.RunQueries;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** The table of articles. */
public final class ArticleRepository {
  public static final Condition TRASHED = ARTICLES.DELETED_AT.isNotNull().and(not(ARTICLES.PURGED));

  /**
   * An article without its parts.
   *
   * @param reviewed false for a draft; each change of a part makes the article a draft again
   * @param address its public URL; null if not set
   * @param author null for the author in the settings
   * @param checkedClaims keys of the claims that a user has checked
   */
  public record Article(
      UUID id,
      UUID workspace,
      String slug,
      @Nullable String title,
      String topic,
      String language,
      boolean demo,
      boolean reviewed,
      @Nullable String lastReviewer,
      @Nullable Instant lastReviewAt,
      @Nullable String address,
      @Nullable String author,
      Set<String> checkedClaims,
      Instant createdAt,
      Instant updatedAt) {

    /** When a user reviewed the article in its current form; null for a draft. */
    @Nullable
    public Instant reviewedAt() {
      return reviewed ? lastReviewAt : null;
    }
  }

  public static void insert(
      Tx tx, UUID id, ArticleRequest request, boolean demo, Principal who, Instant now) {
    tx.dsl()
        .insertInto(ARTICLES)
        .set(ARTICLES.ID, id)
        .set(ARTICLES.WORKSPACE_ID, who.workspaceId())
        .set(ARTICLES.SLUG, Slug.of(request.topic(), "article"))
        .set(ARTICLES.TOPIC, request.topic())
        .set(ARTICLES.LANGUAGE, request.language())
        .set(ARTICLES.STATE, "draft")
        .set(ARTICLES.DEMO, demo)
        .set(ARTICLES.CREATED_BY, who.userId())
        .set(ARTICLES.CREATED_AT, now)
        .set(ARTICLES.UPDATED_AT, now)
        .execute();
  }

  /**
   * @throws NotFound if the workspace has no such article, or it was deleted
   */
  public Article get(DSLContext dsl, UUID workspace, UUID id) {
    return dsl.select(
            ARTICLES.ID,
            ARTICLES.WORKSPACE_ID,
            ARTICLES.SLUG,
            ARTICLES.TITLE,
            ARTICLES.TOPIC,
            ARTICLES.LANGUAGE,
            ARTICLES.DEMO,
            ARTICLES.STATE.eq("reviewed"),
            ARTICLES.REVIEWED_BY_NAME,
            ARTICLES.REVIEWED_AT,
            ARTICLES.ADDRESS,
            ARTICLES.AUTHOR,
            ARTICLES.CHECKED_CLAIMS.convertFrom(Set::of),
            ARTICLES.CREATED_AT,
            ARTICLES.UPDATED_AT)
        .from(ARTICLES)
        .where(
            ARTICLES.ID.eq(id), ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
        .fetchOptional(Records.mapping(Article::new))
        .orElseThrow(
            () ->
                dsl.fetchExists(
                        ARTICLES, ARTICLES.ID.eq(id), ARTICLES.WORKSPACE_ID.eq(workspace), TRASHED)
                    ? new NotFound("This article is in the trash. Restore it there first.")
                    : noArticle());
  }

  /** Like {@link #get(DSLContext, UUID, UUID)}, outside a transaction. */
  public Article get(Database database, UUID workspace, UUID id) {
    return database.read(dsl -> get(dsl, workspace, id));
  }

  /**
   * Locks the article, as {@link PartRepository#lock} does.
   *
   * @throws NotFound if it was deleted
   */
  public static void lock(Tx tx, UUID id) {
    PartRepository.lock(tx, id);
    if (PartRepository.deleted(tx, id)) {
      throw noArticle();
    }
  }

  public static NotFound noArticle() {
    return new NotFound("There is no such article.");
  }

  /**
   * The newest run for the whole article that wrote its plan or kept a locked one, or else the
   * newest; its request applies to parts regenerated later.
   *
   * @throws NotFound if there is none
   */
  public static RunQueries.Last lastFullRun(DSLContext dsl, UUID articleId) {
    return RunQueries.lastDelivered(dsl, articleId, PartName.PLAN.operation())
        .or(() -> RunQueries.lastWhole(dsl, articleId))
        .orElseThrow(ArticleRepository::noArticle);
  }

  public void setReviewed(Tx tx, UUID id, boolean reviewed, UUID userId, String by, Instant now) {
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.STATE, reviewed ? "reviewed" : "draft")
        .set(ARTICLES.REVIEWED_BY, reviewed ? userId : null)
        .set(ARTICLES.REVIEWED_BY_NAME, reviewed ? by : null)
        .set(ARTICLES.REVIEWED_AT, reviewed ? now : null)
        .set(ARTICLES.UPDATED_AT, now)
        .where(ARTICLES.ID.eq(id))
        .execute();
  }

  /**
   * Makes the article a draft, because its reviewer has not approved its current content.
   *
   * @return false if it was a draft
   */
  public static boolean withdrawReview(Tx tx, UUID id) {
    return tx.dsl()
            .update(ARTICLES)
            .set(ARTICLES.STATE, "draft")
            .where(ARTICLES.ID.eq(id), ARTICLES.STATE.eq("reviewed"))
            .execute()
        > 0;
  }

  /** Makes the article reviewed again, by its last reviewer and at the time of that review. */
  public static void restoreReview(Tx tx, UUID id) {
    tx.dsl().update(ARTICLES).set(ARTICLES.STATE, "reviewed").where(ARTICLES.ID.eq(id)).execute();
  }

  public void setAddress(Tx tx, UUID id, @Nullable String address) {
    tx.dsl().update(ARTICLES).set(ARTICLES.ADDRESS, address).where(ARTICLES.ID.eq(id)).execute();
  }

  public void setAuthor(Tx tx, UUID id, @Nullable String author) {
    tx.dsl().update(ARTICLES).set(ARTICLES.AUTHOR, author).where(ARTICLES.ID.eq(id)).execute();
  }

  public void setCheckedClaims(Tx tx, UUID id, Set<String> keys) {
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.CHECKED_CLAIMS, keys.toArray(String[]::new))
        .where(ARTICLES.ID.eq(id))
        .execute();
  }

  /**
   * @param claims keys of the claims in the text
   */
  public record Measures(int words, int score, Set<String> claims) {}

  /**
   * Measures an article and stores the result, with the title and the slug of its plan. Empty while
   * it has no plan.
   */
  public Optional<Measures> measure(Tx tx, UUID id, PartSet partSet, Instant now) {
    var language =
        tx.dsl()
            .select(ARTICLES.LANGUAGE)
            .from(ARTICLES)
            .where(ARTICLES.ID.eq(id))
            .fetchSingle(ARTICLES.LANGUAGE);
    var about = new ArticleContent.ArticleProperties(language, now, now, null, Publication.NONE);
    return ArticleContent.parts(partSet, about)
        .map(
            content -> {
              var quality = ArticleContent.quality(partSet, content);
              int words = Tokenizer.count(new Assembly(content).plainText());
              tx.dsl()
                  .update(ARTICLES)
                  .set(ARTICLES.TITLE, content.plan().title())
                  .set(ARTICLES.SLUG, content.plan().slug())
                  .set(ARTICLES.WORDS, words)
                  .set(ARTICLES.SCORE, quality.score())
                  .set(ARTICLES.SCORE_PARTS, Json.jsonb(quality.groups()))
                  .set(ARTICLES.UPDATED_AT, now)
                  .where(ARTICLES.ID.eq(id))
                  .execute();
              var claims = quality.check().stream().map(Quality.Check::key).collect(toSet());
              return new Measures(words, quality.score(), claims);
            });
  }
}
