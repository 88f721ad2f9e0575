package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;

import dev.keywheel.article.ArticleFilter.Which;
import dev.keywheel.article.run.RunState;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;

/** The list of articles: each with the run that worked on it last. */
final class ArticleSearch {
  private static final List<String> COMPLETED =
      List.of(RunState.COMPLETED.word(), RunState.COMPLETED_WITH_GAPS.word());
  private static final List<String> UNSUCCESSFUL =
      List.of(RunState.FAILED.word(), RunState.CANCELLED.word());

  private ArticleSearch() {}

  /** In the order of the list, also when rows before a cursor are asked for. */
  static List<ArticleRow> rows(DSLContext dsl, UUID workspace, ArticleFilter filter, int limit) {
    var last =
        lateral(
                select(RUNS.ID, RUNS.STATE)
                    .from(RUNS)
                    .where(RUNS.ARTICLE_ID.eq(ARTICLES.ID))
                    .orderBy(RUNS.CREATED_AT.desc(), RUNS.ID.desc())
                    .limit(1))
            .as("last_run");
    var lastId = last.field(RUNS.ID);
    var lastState = last.field(RUNS.STATE);
    var picture = current(PARTS.PART.eq("image"));
    var stale = field(stale());
    var found =
        dsl.select(
                ARTICLES.ID,
                ARTICLES.TITLE,
                ARTICLES.TOPIC,
                ARTICLES.STATE,
                ARTICLES.DEMO,
                ARTICLES.WORDS,
                ARTICLES.SCORE,
                picture,
                stale,
                lastId,
                lastState,
                ARTICLES.CREATED_AT,
                ARTICLES.UPDATED_AT)
            .from(ARTICLES)
            .join(last)
            .on(trueCondition())
            .where(ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
            .and(words(filter.search()))
            .and(state(filter.which(), lastState))
            .and(beyond(dsl, filter))
            .orderBy(
                filter.backwards() ? ARTICLES.CREATED_AT.asc() : ARTICLES.CREATED_AT.desc(),
                filter.backwards() ? ARTICLES.ID.desc() : ARTICLES.ID.asc())
            .limit(limit)
            .fetch(
                r ->
                    new ArticleRow(
                        r.value1(),
                        r.value2(),
                        r.value3(),
                        r.value4().equals("reviewed"),
                        r.value5(),
                        r.value6(),
                        r.value7(),
                        r.value8(),
                        r.value9(),
                        r.value10(),
                        RunState.of(r.value11()),
                        r.value12(),
                        r.value13()));
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

  private static Condition words(String search) {
    var all = noCondition();
    for (var word : search.strip().split("\\s+")) {
      if (!word.isEmpty()) {
        all =
            all.and(
                ARTICLES
                    .TOPIC
                    .containsIgnoreCase(word)
                    .or(ARTICLES.TITLE.containsIgnoreCase(word)));
      }
    }
    return all;
  }

  private static Condition state(Which which, Field<String> lastState) {
    return switch (which) {
      case ALL -> noCondition();
      case RUNNING -> lastState.in(RunState.openWords());
      case DRAFT -> ARTICLES.STATE.eq("draft").and(lastState.in(COMPLETED));
      case REVIEWED -> ARTICLES.STATE.eq("reviewed");
      case GAPS ->
          ARTICLES.STATE.eq("draft").and(lastState.eq(RunState.COMPLETED_WITH_GAPS.word()));
      case STALE -> stale().and(lastState.notIn(RunState.openWords()));
      case FAILED -> lastState.in(UNSUCCESSFUL);
    };
  }

  /** A cursor that is no article any more leads to the first rows. */
  private static Condition beyond(DSLContext dsl, ArticleFilter filter) {
    var cursor = filter.cursor();
    if (cursor == null) {
      return noCondition();
    }
    Instant at =
        dsl.select(ARTICLES.CREATED_AT)
            .from(ARTICLES)
            .where(ARTICLES.ID.eq(cursor))
            .fetchOne(ARTICLES.CREATED_AT);
    if (at == null) {
      return noCondition();
    }
    var same = ARTICLES.CREATED_AT.eq(at);
    return filter.backwards()
        ? ARTICLES.CREATED_AT.gt(at).or(same.and(ARTICLES.ID.lt(cursor)))
        : ARTICLES.CREATED_AT.lt(at).or(same.and(ARTICLES.ID.gt(cursor)));
  }
}
