package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;

import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * Failures and gaps that still need attention. A retry, another run of the article or a review
 * settles them.
 *
 * @param failed runs that failed of late, the last work on their article
 * @param gaps drafts whose last run left gaps
 * @param stale articles with a part that was made from something that has changed since
 */
public record PendingIssues(Some failed, Some gaps, Some stale) {
  /** Upper bound of the count: an open page polls every few seconds. */
  public static final int MOST = 200;

  /**
   * A count of issues and the newest one.
   *
   * @param count at most {@link #MOST} + 1, which stands for any larger number
   * @param newest the newest of them: a run or an article; null when there is none
   * @param name of that one
   */
  public record Some(int count, @Nullable UUID newest, String name) {
    static final Some NONE = new Some(0, null, "");

    /** Whether there are more than {@link #count} says. */
    public boolean more() {
      return count > MOST;
    }
  }

  public static PendingIssues read(DSLContext dsl, UUID workspace, Instant failedSince) {
    var failed =
        RUNS.WORKSPACE_ID
            .eq(workspace)
            .and(RUNS.STATE.eq(inline(RunState.FAILED.word())))
            .and(RUNS.CREATED_AT.ge(failedSince))
            .and(RUNS.ID.eq(ARTICLES.LAST_RUN_ID));
    return new PendingIssues(
        some(dsl, failed, RUNS.ID, RUNS.CREATED_AT),
        articles(dsl, workspace, ArticleSearch.gaps()),
        articles(
            dsl,
            workspace,
            ArticleSearch.stale().and(not(ArticleSearch.lastRun(RunState.open())))));
  }

  private static Some articles(DSLContext dsl, UUID workspace, Condition which) {
    var ofWorkspace = ARTICLES.WORKSPACE_ID.eq(workspace).and(which);
    return some(dsl, ofWorkspace, ARTICLES.ID, ARTICLES.CREATED_AT);
  }

  private static Some some(
      DSLContext dsl, Condition which, Field<UUID> id, Field<Instant> created) {
    var name = coalesce(ARTICLES.TITLE, ARTICLES.TOPIC).as("name");
    var joined =
        id.equals(RUNS.ID) ? RUNS.join(ARTICLES).on(ARTICLES.ID.eq(RUNS.ARTICLE_ID)) : ARTICLES;
    var bounded =
        select(id, name, created)
            .from(joined)
            .where(which, ARTICLES.DELETED_AT.isNull())
            .orderBy(created.desc())
            .limit(MOST + 1)
            .asTable("bounded");
    return dsl.select(count().over(), bounded.field(id), bounded.field(name))
        .from(bounded)
        .orderBy(bounded.field(created).desc())
        .limit(1)
        .fetchOptional(row -> new Some(row.value1(), row.value2(), row.value3()))
        .orElse(Some.NONE);
  }
}
