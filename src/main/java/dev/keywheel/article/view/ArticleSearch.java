package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lower;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.position;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;

import dev.keywheel.article.view.ArticleFilter.Which;
import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Records;

/** Queries the list of articles, each with its last run. */
final class ArticleSearch {
  private static final List<RunState> COMPLETED =
      List.of(RunState.COMPLETED, RunState.COMPLETED_WITH_GAPS);
  private static final List<RunState> UNSUCCESSFUL = List.of(RunState.FAILED, RunState.CANCELLED);

  /** The expression of the index {@code articles_containing}. */
  private static final Field<String> TEXT =
      field(
          "lower({0} || E'\\n' || coalesce({1}, ''))",
          String.class, ARTICLES.TOPIC, ARTICLES.TITLE);

  /** The characters that {@code like} interprets. */
  private static final Pattern LIKE = Pattern.compile("[%_\\\\]");

  private ArticleSearch() {}

  /** The rows of the list, newest first, even when rows before a cursor are requested. */
  static List<ArticleRow> rows(DSLContext dsl, UUID workspace, ArticleFilter filter, int limit) {
    var newer = filter.backwards() ? ARTICLES.CREATED_AT.asc() : ARTICLES.CREATED_AT.desc();
    var order = List.of(newer, filter.backwards() ? ARTICLES.ID.desc() : ARTICLES.ID.asc());
    // A subquery selects the page first; otherwise the planner reads the parts of all articles.
    var page =
        dsl.select(ARTICLES.fields())
            .from(ARTICLES)
            .where(ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
            .and(words(workspace, filter))
            .and(state(filter.which()))
            .and(beyond(dsl, workspace, filter))
            .orderBy(order)
            .limit(limit)
            .asTable(ARTICLES.getName());
    var found =
        dsl.select(
                ARTICLES.ID,
                ARTICLES.TITLE,
                ARTICLES.TOPIC,
                ARTICLES.STATE.eq("reviewed"),
                ARTICLES.DEMO,
                ARTICLES.WORDS,
                ARTICLES.SCORE,
                current(PARTS.PART.eq("image")),
                field(stale()),
                ARTICLES.LAST_RUN_ID,
                ARTICLES.LAST_RUN_STATE.convertFrom(RunState::of),
                ARTICLES.CREATED_AT)
            .from(page)
            .orderBy(order)
            .fetch(Records.mapping(ArticleRow::new));
    return filter.backwards() ? found.reversed() : found;
  }

  private static Field<Boolean> current(Condition which) {
    return field(
        exists(
            selectOne()
                .from(PARTS)
                .where(PARTS.ARTICLE_ID.eq(ARTICLES.ID), PARTS.CURRENT.isTrue(), which)));
  }

  /** Whether a part that is shown was made from something that has changed since. */
  static Condition stale() {
    return exists(
        selectOne()
            .from(PARTS)
            .where(PARTS.ARTICLE_ID.eq(ARTICLES.ID), PARTS.CURRENT.isTrue(), PARTS.STALE.isTrue()));
  }

  /** Whether topic or title contains every word. */
  private static Condition words(UUID workspace, ArticleFilter filter) {
    var all = noCondition();
    for (var word : filter.words()) {
      all = all.and(ArticleFilter.isShort(word) ? has(word) : isLike(word));
    }
    return filter.newestOnly() ? all.and(newestOnly(workspace)) : all;
  }

  /**
   * Uses a literal, so that the planner can choose between this index and the order of the list by
   * the frequency of the word.
   */
  private static Condition isLike(String word) {
    return TEXT.like(lower(inline("%" + LIKE.matcher(word).replaceAll("\\\\$0") + "%")));
  }

  /** For short words, because {@code like} would read the whole trigram index for them. */
  private static Condition has(String word) {
    return position(TEXT, lower(val(word))).gt(0);
  }

  private static Condition newestOnly(UUID workspace) {
    var newest = ARTICLES.as("newest");
    var first =
        select(newest.CREATED_AT)
            .from(newest)
            .where(newest.WORKSPACE_ID.eq(workspace), newest.DELETED_AT.isNull())
            .orderBy(newest.CREATED_AT.desc())
            .offset(ArticleFilter.NEWEST_SEARCHED - 1)
            .limit(1);
    return ARTICLES.CREATED_AT.ge(coalesce(field(first), val(Instant.EPOCH)));
  }

  /** Uses literals, not parameters, so that the planner can use the partial index of the filter. */
  private static Condition state(Which which) {
    return switch (which) {
      case ALL -> noCondition();
      case RUNNING -> lastRun(RunState.open());
      case DRAFT -> draft().and(lastRun(COMPLETED));
      case REVIEWED -> ARTICLES.STATE.eq(inline("reviewed"));
      case GAPS -> gaps();
      case STALE -> stale().andNot(lastRun(RunState.open()));
      case FAILED -> lastRun(UNSUCCESSFUL);
    };
  }

  /** A draft whose last run left gaps. */
  static Condition gaps() {
    return draft().and(ARTICLES.LAST_RUN_STATE.eq(inline(RunState.COMPLETED_WITH_GAPS.code())));
  }

  private static Condition draft() {
    return ARTICLES.STATE.eq(inline("draft"));
  }

  static Condition lastRun(List<RunState> states) {
    return ARTICLES.LAST_RUN_STATE.in(states.stream().map(s -> inline(s.code())).toList());
  }

  /** The rows beyond the cursor; the first rows if the workspace has no article with its id. */
  private static Condition beyond(DSLContext dsl, UUID workspace, ArticleFilter filter) {
    var cursor = filter.cursor();
    if (cursor == null) {
      return noCondition();
    }
    Instant at =
        dsl.select(ARTICLES.CREATED_AT)
            .from(ARTICLES)
            .where(ARTICLES.ID.eq(cursor), ARTICLES.WORKSPACE_ID.eq(workspace))
            .fetchOne(ARTICLES.CREATED_AT);
    if (at == null) {
      return noCondition();
    }
    var created = ARTICLES.CREATED_AT; // the first comparison lets the index scan begin at this row
    return filter.backwards()
        ? created.ge(at).and(created.gt(at).or(ARTICLES.ID.lt(cursor)))
        : created.le(at).and(created.lt(at).or(ARTICLES.ID.gt(cursor)));
  }
}
