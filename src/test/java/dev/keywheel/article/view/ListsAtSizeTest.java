package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lists of 20,000 articles and runs: the number of rows that a page reads does not grow with them.
 */
@Tag("full")
class ListsAtSizeTest {
  private static final int ARTICLE_COUNT = 20_000;
  private static final int PAGE = 31;

  /** Enough for the rows of a page, the rows joined with them, and the cursor. */
  private static final long READ_AT_MOST = 200;

  @AutoClose private static final TestPool pool = new TestPool();

  @BeforeAll
  static void fill() {
    pool.database.runTx(
        tx -> {
          tx.dsl()
              .execute(
                  """
                  insert into articles (id, workspace_id, slug, topic, state, created_at, updated_at)
                  select gen_random_uuid(), {0}, 'a' || n, 'Topic ' || case when n % 7000 = 1 then '100% Zeppelin'
                      when n % 6666 = 6665 then 'xq' else n::text end,
                      case when n % 2000 = 1 then 'reviewed' else 'draft' end, at, at
                  from generate_series(1, {1}) n
                  cross join lateral (select {2}::timestamptz + n * interval '9 s' as at) a""",
                  pool.workspace, ARTICLE_COUNT, pool.clock.instant());
          // Most runs are cancelled, so that the filters for other states match few rows among
          // many. The matching runs have late ids, because the failed runs of a period are found by
          // id.
          tx.dsl()
              .execute(
                  """
                  insert into runs (id, workspace_id, article_id, request_id, provider, kind, inputs,
                      state, started_by_name, created_at, calls)
                  select overlay(gen_random_uuid()::text placing 'f' from 1)::uuid, workspace_id, id,
                      gen_random_uuid(), 'openrouter', 'full',
                      '{}', case when n % 10 = 0 then 'completed_with_gaps' when n % 2000 = 3 then 'failed'
                      when n % 2000 = 5 then 'completed' when n % 2000 = 7 then 'queued'
                      else 'cancelled' end, 'ada', created_at, n
                  from (select *, row_number() over (order by created_at) as n from articles) a""");
        });
    pool.test.asOwner("analyze");
  }

  @ParameterizedTest
  @EnumSource
  void a_filter_of_articles_reads_only_the_rows_of_its_page(ArticleFilter.Which which) {
    var filter = new ArticleFilter("", which, null, false);
    assertThat(read(dsl -> ArticleSearch.rows(dsl, pool.workspace, filter, PAGE)))
        .isLessThan(READ_AT_MOST);
  }

  @ParameterizedTest
  @EnumSource
  void a_filter_of_runs_reads_only_the_rows_of_its_page(RunFilter.Which which) {
    var filter = new RunFilter(which, null, false);
    assertThat(read(dsl -> RunSearch.list(dsl, pool.workspace, filter, PAGE)))
        .isLessThan(READ_AT_MOST);
  }

  @ParameterizedTest
  @EnumSource(names = {"ALL", "FAILED", "GAPS"})
  void a_page_in_the_middle_reads_no_more_than_the_first(ArticleFilter.Which which) {
    var middle =
        pool.database.read(
            dsl ->
                dsl.select(ARTICLES.ID)
                    .from(ARTICLES)
                    .orderBy(ARTICLES.CREATED_AT)
                    .offset(ARTICLE_COUNT / 2)
                    .limit(1)
                    .fetchSingle(ARTICLES.ID));
    for (boolean backwards : new boolean[] {false, true}) {
      var filter = new ArticleFilter("", which, middle, backwards);
      assertThat(read(dsl -> ArticleSearch.rows(dsl, pool.workspace, filter, PAGE)))
          .isLessThan(READ_AT_MOST);
    }
  }

  @Test
  void a_list_begins_with_its_first_row_if_the_cursor_is_of_another_workspace() {
    var other = UUID.randomUUID();
    var elsewhere = UUID.randomUUID();
    pool.test.asOwner(
        "insert into workspaces (id, name, created_at) values ('%s', 'o', now())".formatted(other));
    pool.test.asOwner(
        """
        insert into articles (id, workspace_id, slug, topic, state, created_at, updated_at)
        values ('%s', '%s', 'a', 'Topic', 'draft', '%s', now())"""
            .formatted(elsewhere, other, pool.clock.instant().plusSeconds(900)));
    var first = rows(new ArticleFilter("", ArticleFilter.Which.ALL, null, false));
    assertThat(rows(new ArticleFilter("", ArticleFilter.Which.ALL, elsewhere, false)))
        .isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource({"zeppelin, 3", "topic zeppelin, 3", "100%, 3", "nosuchword, 0", "top%pelin, 0"})
  void a_search_reads_only_the_articles_that_it_finds(String words, int found) {
    var filter = new ArticleFilter(words, ArticleFilter.Which.ALL, null, false);
    assertThat(rows(filter)).hasSize(found);
    assertThat(read(dsl -> ArticleSearch.rows(dsl, pool.workspace, filter, PAGE)))
        .isLessThan(READ_AT_MOST);
  }

  @Test
  void a_search_for_two_letters_searches_only_the_newest_articles() {
    var filter = new ArticleFilter("xq", ArticleFilter.Which.ALL, null, false);
    assertThat(rows(filter)).as("of three, two of them older").hasSize(1);
  }

  @Test
  void the_topics_of_runs_and_articles_are_found_by_their_ids_and_only_in_their_workspace() {
    var run =
        pool.database.read(
            dsl ->
                RunSearch.list(
                        dsl, pool.workspace, new RunFilter(RunFilter.Which.ALL, null, false), 1)
                    .getFirst());
    var article =
        pool.database.read(
            dsl ->
                dsl.select(RUNS.ARTICLE_ID)
                    .from(RUNS)
                    .where(RUNS.ID.eq(run.id()))
                    .fetchSingle(RUNS.ARTICLE_ID));
    var ids = List.of(run.id(), article, UUID.randomUUID());
    var topic = new ArticleTopic(run.topic(), false);
    Map<UUID, ArticleTopic> found =
        pool.database.read(dsl -> RunSearch.topics(dsl, pool.workspace, ids));
    assertThat(found).isEqualTo(Map.of(run.id(), topic, article, topic));
    Map<UUID, ArticleTopic> elsewhere =
        pool.database.read(dsl -> RunSearch.topics(dsl, UUID.randomUUID(), ids));
    assertThat(elsewhere).isEmpty();
    assertThat(read(dsl -> RunSearch.topics(dsl, pool.workspace, ids))).isLessThan(READ_AT_MOST);
  }

  @Test
  void the_runs_with_the_most_calls_are_found_without_reading_the_others() {
    var since = pool.clock.instant();
    var until = since.plus(Duration.ofDays(30));
    var top =
        pool.database.read(dsl -> RunSearch.top(dsl, pool.workspace, since, until, false, 50));
    assertThat(top.stream().map(RunUsage::calls))
        .containsExactlyElementsOf(
            LongStream.range(0, 50).map(n -> ARTICLE_COUNT - n).boxed().toList());
    assertThat(read(dsl -> RunSearch.top(dsl, pool.workspace, since, until, false, 50)))
        .as("50 of each of three days, and their articles")
        .isLessThan(3 * 50 * 3 + READ_AT_MOST);
  }

  @Test
  void the_runs_of_the_last_day_are_found_where_clocks_change_at_midnight() {
    var since = pool.clock.instant().minus(Duration.ofDays(4));
    var until = pool.clock.instant().plus(Duration.ofSeconds(9L * ARTICLE_COUNT));
    var top =
        pool.database.inTx(
            tx -> {
              tx.dsl().execute("set local time zone 'America/Havana'"); // changes on 8 March 2026
              return RunSearch.top(tx.dsl(), pool.workspace, since, until, false, 1);
            });
    assertThat(top).extracting(RunUsage::calls).containsExactly((long) ARTICLE_COUNT);
  }

  @Test
  void issues_that_need_attention_are_counted_up_to_a_limit() {
    var pendingIssues =
        pool.database.read(dsl -> PendingIssues.read(dsl, pool.workspace, pool.clock.instant()));
    assertThat(pendingIssues.gaps().more()).isTrue();
    assertThat(pendingIssues.gaps().newest()).isNotNull();
    assertThat(pendingIssues.failed().count()).isEqualTo(10);
    assertThat(pendingIssues.failed().more()).isFalse();
    assertThat(read(dsl -> PendingIssues.read(dsl, pool.workspace, pool.clock.instant())))
        .isLessThan(2L * PendingIssues.MAX_COUNTED + READ_AT_MOST);
  }

  @Test
  void an_article_keeps_only_the_state_of_its_last_run() {
    var article = UUID.randomUUID();
    pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "insert into articles (id, workspace_id, slug, topic, created_at, updated_at,"
                        + " deleted_at) values ({0}, {1}, 's', 't', now(), now(), now())",
                    article, pool.workspace));
    var first = insertRun(article, "failed");
    assertThat(lastRun(article)).isEqualTo(first + " failed");
    var second = insertRun(article, "queued");
    assertThat(lastRun(article)).isEqualTo(second + " queued");
    setState(first, "running");
    assertThat(lastRun(article)).isEqualTo(second + " queued");
    setState(second, "completed");
    assertThat(lastRun(article)).isEqualTo(second + " completed");
  }

  private static List<ArticleRow> rows(ArticleFilter filter) {
    return pool.database.read(dsl -> ArticleSearch.rows(dsl, pool.workspace, filter, PAGE));
  }

  private static UUID insertRun(UUID article, String state) {
    var id = UUID.randomUUID();
    pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "insert into runs (id, workspace_id, article_id, request_id, provider, kind,"
                        + " inputs, state, started_by_name, created_at) values ({0}, {1}, {2}, {0},"
                        + " 'openrouter', 'full', '{}', {3}, 'ada', {4})",
                    id, pool.workspace, article, state, Instant.EPOCH));
    return id;
  }

  private static void setState(UUID run, String state) {
    pool.database.runTx(
        tx -> tx.dsl().update(RUNS).set(RUNS.STATE, state).where(RUNS.ID.eq(run)).execute());
  }

  private static String lastRun(UUID article) {
    return pool.database.read(
        dsl ->
            dsl.select(ARTICLES.LAST_RUN_ID, ARTICLES.LAST_RUN_STATE)
                .from(ARTICLES)
                .where(ARTICLES.ID.eq(article))
                .fetchSingle(r -> r.value1() + " " + r.value2()));
  }

  /** The number of rows that PostgreSQL reads from both tables for this work. */
  private static long read(Consumer<DSLContext> work) {
    return RowsRead.by(pool.database, work, "articles", "runs");
  }
}
