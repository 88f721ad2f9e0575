package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static java.time.ZoneOffset.UTC;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.run.RunState;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jooq.Records;
import org.jooq.impl.DSL;

/** Queries the lists of runs. */
final class RunSearch {
  private RunSearch() {}

  static List<RunRow> list(DSLContext dsl, UUID workspace, RunFilter filter, int limit) {
    var states = filter.which().states();
    var which =
        RUNS.WORKSPACE_ID
            .eq(workspace)
            .and(states.isEmpty() ? noCondition() : state(states))
            .and(beyond(dsl, workspace, filter));
    var found = rows(dsl, which, !filter.backwards(), limit);
    return filter.backwards() ? found.reversed() : found;
  }

  /** Uses literals, so that the planner can use the partial index of unfinished runs. */
  private static Condition state(List<String> words) {
    return RUNS.STATE.in(words.stream().map(DSL::inline).toList());
  }

  /** The rows beyond the cursor; the first rows if the workspace has no run with its id. */
  private static Condition beyond(DSLContext dsl, UUID workspace, RunFilter filter) {
    var cursor = filter.cursor();
    Instant at =
        cursor == null
            ? null
            : dsl.select(RUNS.CREATED_AT)
                .from(RUNS)
                .where(RUNS.ID.eq(cursor), RUNS.WORKSPACE_ID.eq(workspace))
                .fetchOne(RUNS.CREATED_AT);
    if (cursor == null || at == null) {
      return noCondition();
    }
    var here = row(RUNS.CREATED_AT, RUNS.ID);
    return filter.backwards() ? here.gt(at, cursor) : here.lt(at, cursor);
  }

  static Optional<RunRow> numbered(DSLContext dsl, UUID workspace, long number) {
    var which = RUNS.WORKSPACE_ID.eq(workspace).and(RUNS.NUMBER.eq(number));
    return rows(dsl, which, true, 1).stream().findFirst();
  }

  static List<RunRow> unfinished(DSLContext dsl, UUID workspace) {
    var open = state(RunState.openCodes());
    return rows(dsl, RUNS.WORKSPACE_ID.eq(workspace).and(open), false, 200);
  }

  /** Runs of articles deleted before this time that have not ended and are not being cancelled. */
  static List<OwnedRun> ofDeletedArticles(DSLContext dsl, Instant before) {
    return dsl.select(RUNS.WORKSPACE_ID, RUNS.ID)
        .from(RUNS)
        .join(ARTICLES)
        .on(ARTICLES.ID.eq(RUNS.ARTICLE_ID))
        .where(
            state(RunState.openCodes()),
            RUNS.STATE.ne(RunState.CANCELLING.code()),
            ARTICLES.DELETED_AT.lt(before))
        .fetch(Records.mapping(OwnedRun::new));
  }

  record OwnedRun(UUID workspace, UUID id) {}

  static List<RunRow> ofArticle(DSLContext dsl, UUID workspace, UUID articleId) {
    return rows(dsl, RUNS.WORKSPACE_ID.eq(workspace).and(RUNS.ARTICLE_ID.eq(articleId)), true, 100);
  }

  static Map<UUID, ArticleTopic> topics(
      DSLContext dsl, UUID workspace, Collection<UUID> runsOrArticles) {
    var deleted = field(ARTICLES.DELETED_AT.isNotNull());
    return dsl.select(RUNS.ID, ARTICLES.TOPIC, deleted)
        .from(RUNS)
        .join(ARTICLES)
        .on(ARTICLES.ID.eq(RUNS.ARTICLE_ID))
        .where(RUNS.ID.in(runsOrArticles), RUNS.WORKSPACE_ID.eq(workspace))
        .unionAll(
            select(ARTICLES.ID, ARTICLES.TOPIC, deleted)
                .from(ARTICLES)
                .where(ARTICLES.ID.in(runsOrArticles), ARTICLES.WORKSPACE_ID.eq(workspace)))
        .fetchMap(Record3::value1, found -> new ArticleTopic(found.value2(), found.value3()));
  }

  static List<RunUsage> top(
      DSLContext dsl, UUID workspace, Instant since, Instant until, boolean byCost, int limit) {
    var first = byCost ? RUNS.COST.desc() : RUNS.CALLS.desc();
    // An index yields the first runs of each day. The days have no time zone, because the zone of
    // the session may change its clocks at midnight.
    var ofDays =
        table(
            """
            generate_series({0}::timestamp, {1}::timestamp, interval '1 day') as day,
               lateral (select id from runs
                         where workspace_id = {2} and calls > 0 and created_at >= {3}
                           and (created_at at time zone 'UTC')::date = day::date
                         order by {4} desc, created_at desc, id desc limit {5}) as top\
            """,
            val(LocalDate.ofInstant(since, UTC)),
            val(LocalDate.ofInstant(until, UTC)),
            val(workspace),
            val(since),
            byCost ? RUNS.COST.getUnqualifiedName() : RUNS.CALLS.getUnqualifiedName(),
            val(limit));
    return dsl.select(
            RUNS.ID,
            RUNS.NUMBER,
            ARTICLES.TOPIC,
            RUNS.PROVIDER,
            RUNS.STATE.convertFrom(RunState::of),
            RUNS.CREATED_AT,
            RUNS.CALLS.cast(Long.class),
            RUNS.TOKENS.cast(Long.class),
            RUNS.COST)
        .from(RUNS)
        .join(ARTICLES)
        .on(ARTICLES.ID.eq(RUNS.ARTICLE_ID))
        .where(RUNS.ID.in(select(field("top.id", UUID.class)).from(ofDays)))
        .orderBy(first, RUNS.CREATED_AT.desc(), RUNS.ID.desc())
        .limit(limit)
        .fetch(Records.mapping(RunUsage::new));
  }

  private static List<RunRow> rows(
      DSLContext dsl, Condition which, boolean newestFirst, int limit) {
    var done =
        field(
            selectCount()
                .from(OPERATIONS)
                .where(
                    OPERATIONS.RUN_ID.eq(RUNS.ID), OPERATIONS.STATE.in("succeeded", "degraded")));
    return dsl.select(
            RUNS.ID,
            RUNS.NUMBER,
            ARTICLES.TOPIC,
            RUNS.PROVIDER,
            RUNS.STATE.convertFrom(RunState::of),
            RUNS.REASON,
            done,
            when(RUNS.KIND.eq("part"), 1).otherwise(Operation.all().size()),
            RUNS.CALLS,
            RUNS.DEMO,
            RUNS.STARTED_BY_NAME,
            RUNS.CREATED_AT)
        .from(RUNS)
        .join(ARTICLES)
        .on(ARTICLES.ID.eq(RUNS.ARTICLE_ID))
        .where(which)
        .orderBy(
            newestFirst ? RUNS.CREATED_AT.desc() : RUNS.CREATED_AT.asc(),
            newestFirst ? RUNS.ID.desc() : RUNS.ID.asc())
        .limit(limit)
        .fetch(Records.mapping(RunRow::new));
  }
}
