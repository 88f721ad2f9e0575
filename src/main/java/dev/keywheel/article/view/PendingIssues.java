package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Ids;
import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/**
 * Failures and gaps that still need attention. A retry, another run of the article or a review
 * settles them.
 *
 * @param failed recent runs that failed, each the last run of its article
 * @param gaps drafts whose last run left gaps
 * @param stale articles with a part whose inputs have changed since
 */
public record PendingIssues(IssueCount failed, IssueCount gaps, IssueCount stale) {
  /**
   * Maximum number of issues that are counted exactly, because an open page polls every few
   * seconds.
   */
  static final int MAX_COUNTED = 200;

  /**
   * A count of issues and the newest one.
   *
   * @param count at most {@link #MAX_COUNTED} + 1, which means more than {@link #MAX_COUNTED}
   * @param newest the newest of them: a run or an article; null when there is none
   * @param name title or topic of its article; empty when there is none
   */
  public record IssueCount(int count, @Nullable UUID newest, String name) {
    static final IssueCount NONE = new IssueCount(0, null, "");

    /** Whether there are more than {@link #MAX_COUNTED} issues. */
    public boolean more() {
      return count > MAX_COUNTED;
    }
  }

  /** Counts the issues. Failed runs are found by id, because the index has ids in order of time. */
  static PendingIssues read(DSLContext dsl, UUID workspace, Instant failedSince) {
    var failed =
        and(
            ARTICLES.LAST_RUN_STATE.eq(inline(RunState.FAILED.code())),
            ARTICLES.LAST_RUN_ID.ge(Ids.lowerBound(failedSince)));
    var stale = ArticleSearch.stale().and(not(ArticleSearch.lastRun(RunState.open())));
    return new PendingIssues(
        countIssues(dsl, workspace, failed, ARTICLES.LAST_RUN_ID, ARTICLES.LAST_RUN_ID),
        countIssues(dsl, workspace, ArticleSearch.gaps(), ARTICLES.ID, ARTICLES.CREATED_AT),
        countIssues(dsl, workspace, stale, ARTICLES.ID, ARTICLES.CREATED_AT));
  }

  private static IssueCount countIssues(
      DSLContext dsl, UUID workspace, Condition which, Field<UUID> id, Field<?> newest) {
    var bounded =
        select(
                id.as("id"),
                coalesce(ARTICLES.TITLE, ARTICLES.TOPIC).as("name"),
                newest.as("newest"))
            .from(ARTICLES)
            .where(ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull(), which)
            .orderBy(newest.desc())
            .limit(MAX_COUNTED + 1)
            .asTable("bounded");
    return dsl.select(
            count().over(), bounded.field("id", UUID.class), bounded.field("name", String.class))
        .from(bounded)
        .orderBy(field(name("newest")).desc())
        .limit(1)
        .fetchOptional(Records.mapping(IssueCount::new))
        .orElse(IssueCount.NONE);
  }
}
