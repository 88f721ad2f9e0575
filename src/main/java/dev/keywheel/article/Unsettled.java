package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.article.run.RunState;
import dev.keywheel.db.schema.tables.Runs;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What has ended otherwise than wanted and nobody has seen to yet. A retry, another run of the
 * article or a review settles it.
 *
 * @param failed runs that failed of late, the last work on their article
 * @param gaps drafts whose last run left gaps
 * @param stale articles with a part that was made from something that has changed since
 */
public record Unsettled(Some failed, Some gaps, Some stale) {
  /**
   * So many of them.
   *
   * @param newest the newest of them: a run or an article; null when there is none
   * @param name of that one
   */
  public record Some(int count, @Nullable UUID newest, String name) {
    static final Some NONE = new Some(0, null, "");
  }

  static Unsettled read(DSLContext dsl, UUID workspace, Instant failedSince) {
    return new Unsettled(
        runs(
            dsl,
            RUNS.WORKSPACE_ID
                .eq(workspace)
                .and(RUNS.STATE.eq(RunState.FAILED.word()))
                .and(RUNS.CREATED_AT.ge(failedSince)),
            true),
        runs(
            dsl,
            RUNS.WORKSPACE_ID
                .eq(workspace)
                .and(RUNS.STATE.eq(RunState.COMPLETED_WITH_GAPS.word()))
                .and(ARTICLES.STATE.eq("draft")),
            false),
        stale(dsl, workspace));
  }

  /** Those after which nothing else was done to their article. */
  private static Some runs(DSLContext dsl, Condition which, boolean run) {
    Runs later = RUNS.as("later");
    return dsl.select(
            count().over(), run ? RUNS.ID : ARTICLES.ID, coalesce(ARTICLES.TITLE, ARTICLES.TOPIC))
        .from(RUNS)
        .join(ARTICLES)
        .on(ARTICLES.ID.eq(RUNS.ARTICLE_ID))
        .where(which, ARTICLES.DELETED_AT.isNull())
        .and(
            notExists(
                selectOne()
                    .from(later)
                    .where(
                        later.ARTICLE_ID.eq(RUNS.ARTICLE_ID),
                        later.CREATED_AT.gt(RUNS.CREATED_AT))))
        .orderBy(RUNS.CREATED_AT.desc(), RUNS.ID)
        .limit(1)
        .fetchOptional(row -> new Some(row.value1(), row.value2(), row.value3()))
        .orElse(Some.NONE);
  }

  private static Some stale(DSLContext dsl, UUID workspace) {
    return dsl.select(count().over(), ARTICLES.ID, coalesce(ARTICLES.TITLE, ARTICLES.TOPIC))
        .from(ARTICLES)
        .where(ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
        .and(ArticleSearch.stale())
        .and(
            notExists(
                selectOne()
                    .from(RUNS)
                    .where(RUNS.ARTICLE_ID.eq(ARTICLES.ID), RUNS.STATE.in(RunState.openWords()))))
        .orderBy(ARTICLES.UPDATED_AT.desc(), ARTICLES.ID)
        .limit(1)
        .fetchOptional(row -> new Some(row.value1(), row.value2(), row.value3()))
        .orElse(Some.NONE);
  }
}
