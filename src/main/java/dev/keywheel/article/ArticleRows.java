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

import dev.keywheel.article.run.RunInputs;
import dev.keywheel.article.run.RunState;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/** Articles in the database. */
final class ArticleRows {

  /** An article without its parts. */
  record Article(
      UUID id,
      UUID workspace,
      String slug,
      @Nullable String title,
      String topic,
      String language,
      boolean demo,
      @Nullable String reviewedBy,
      @Nullable Instant reviewedAt,
      Instant createdAt,
      Instant updatedAt) {}

  /** The run that worked on an article last. */
  record LastRun(UUID id, RunState state, String provider, RunInputs inputs, List<String> gaps) {}

  Optional<Article> find(DSLContext dsl, UUID workspace, UUID id) {
    return dsl.select(
            ARTICLES.ID,
            ARTICLES.WORKSPACE_ID,
            ARTICLES.SLUG,
            ARTICLES.TITLE,
            ARTICLES.TOPIC,
            ARTICLES.LANGUAGE,
            ARTICLES.DEMO,
            ARTICLES.REVIEWED_BY_NAME,
            ARTICLES.REVIEWED_AT,
            ARTICLES.CREATED_AT,
            ARTICLES.UPDATED_AT)
        .from(ARTICLES)
        .where(
            ARTICLES.ID.eq(id), ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
        .fetchOptional(
            r ->
                new Article(
                    r.value1(),
                    r.value2(),
                    r.value3(),
                    r.value4(),
                    r.value5(),
                    r.value6(),
                    r.value7(),
                    r.value8(),
                    r.value9(),
                    r.value10(),
                    r.value11()));
  }

  Optional<LastRun> lastRun(DSLContext dsl, UUID articleId) {
    return dsl.select(RUNS.ID, RUNS.STATE, RUNS.PROVIDER, RUNS.INPUTS, RUNS.TOTALS)
        .from(RUNS)
        .where(RUNS.ARTICLE_ID.eq(articleId))
        .orderBy(RUNS.CREATED_AT.desc(), RUNS.ID.desc())
        .limit(1)
        .fetchOptional(
            r ->
                new LastRun(
                    r.value1(),
                    RunState.of(r.value2()),
                    r.value3(),
                    Json.read(r.value4(), RunInputs.class),
                    RunViews.gaps(r.value5())));
  }

  /** The wishes that the article was first made with. */
  Optional<RunInputs> firstInputs(DSLContext dsl, UUID articleId) {
    return dsl.select(RUNS.INPUTS)
        .from(RUNS)
        .where(RUNS.ARTICLE_ID.eq(articleId))
        .orderBy(RUNS.CREATED_AT, RUNS.ID)
        .limit(1)
        .fetchOptional(RUNS.INPUTS)
        .map((JSONB inputs) -> Json.read(inputs, RunInputs.class));
  }

  List<ArticleRow> list(DSLContext dsl, UUID workspace, String search, int offset, int limit) {
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
    var picture =
        field(
            exists(
                selectOne()
                    .from(PARTS)
                    .where(
                        PARTS.ARTICLE_ID.eq(ARTICLES.ID),
                        PARTS.PART.eq("image"),
                        PARTS.CURRENT.isTrue())));
    var found = noCondition();
    for (var word : search.strip().split("\\s+")) {
      if (!word.isEmpty()) {
        found =
            found.and(
                ARTICLES
                    .TOPIC
                    .containsIgnoreCase(word)
                    .or(ARTICLES.TITLE.containsIgnoreCase(word)));
      }
    }
    return dsl.select(
            ARTICLES.ID,
            ARTICLES.TITLE,
            ARTICLES.TOPIC,
            ARTICLES.STATE,
            ARTICLES.DEMO,
            ARTICLES.WORDS,
            ARTICLES.SCORE,
            picture,
            lastId,
            lastState,
            ARTICLES.CREATED_AT,
            ARTICLES.UPDATED_AT)
        .from(ARTICLES)
        .join(last)
        .on(trueCondition())
        .where(ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull(), found)
        .orderBy(ARTICLES.CREATED_AT.desc(), ARTICLES.ID)
        .limit(limit)
        .offset(offset)
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
                    RunState.of(r.value10()),
                    r.value11(),
                    r.value12()));
  }

  int delete(Tx tx, UUID workspace, UUID id, Instant now) {
    return tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.DELETED_AT, now)
        .where(
            ARTICLES.ID.eq(id), ARTICLES.WORKSPACE_ID.eq(workspace), ARTICLES.DELETED_AT.isNull())
        .execute();
  }

  void reviewed(Tx tx, UUID id, boolean reviewed, UUID userId, String by, Instant now) {
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

  void measured(
      Tx tx, UUID id, String title, String slug, int words, int score, Object groups, Instant now) {
    tx.dsl()
        .update(ARTICLES)
        .set(ARTICLES.TITLE, title)
        .set(ARTICLES.SLUG, slug)
        .set(ARTICLES.WORDS, words)
        .set(ARTICLES.SCORE, score)
        .set(ARTICLES.SCORE_PARTS, Json.jsonb(groups))
        .set(ARTICLES.UPDATED_AT, now)
        .where(ARTICLES.ID.eq(id))
        .execute();
  }
}
