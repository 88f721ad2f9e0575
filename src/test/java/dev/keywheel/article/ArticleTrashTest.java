package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.edit.ArticleTrash;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Deleted articles are restored unchanged, or purged. */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArticleTrashTest extends RunsOnOtherUpstream {
  private static final String STUCK =
      """
      create function stuck() returns trigger language plpgsql as
        $$ begin raise exception 'stuck'; end $$;
      create trigger stuck before update on runs for each row
        when (new.id = '%s') execute function stuck()
      """;

  private final ArticleTrash trash =
      new ArticleTrash(shop.pool.database, shop.pool.audit, shop.pool.clock);

  ArticleTrashTest() {
    super(9);
  }

  private UUID article() {
    return run().articleId();
  }

  private List<UUID> listed() {
    return shop.articles.articles(shop.pool.workspace, ArticleFilter.NEWEST, 100).stream()
        .map(row -> row.id())
        .toList();
  }

  private List<UUID> trashed() {
    return trash.articles(shop.pool.workspace, null, false, 100).stream()
        .map(row -> row.id())
        .toList();
  }

  private int parts(UUID article) {
    return shop.pool.database.read(dsl -> dsl.fetchCount(PARTS, PARTS.ARTICLE_ID.eq(article)));
  }

  private int purge(Duration age) {
    var before = shop.pool.clock.instant().minus(age);
    return shop.pool.database.inTx(
        tx -> ArticleTrash.purge(tx, shop.pool.workspace, before, null, 1_000).count());
  }

  @Test
  void a_run_of_a_deleted_article_is_not_retried_until_the_article_is_restored() {
    var run = begin();
    shop.runs.cancel(run, shop.pool.admin);
    var article = view(run).articleId();
    assertThat(trash.delete(article, shop.pool.admin)).as("its run will be cancelled").isFalse();
    shop.work(run);

    assertThatThrownBy(() -> shop.runs.retry(run, 0, shop.pool.admin))
        .isInstanceOf(Conflict.class)
        .hasMessageContaining("restore it first");

    trash.restore(List.of(article), shop.pool.admin);
    shop.runs.retry(run, 0, shop.pool.admin);
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void an_article_is_purged_only_after_its_run_has_ended() {
    var run = begin();
    var article = view(run).articleId();
    trash.delete(article, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofDays(8));
    purge(Duration.ofDays(7));
    assertThat(trashed()).contains(article);

    shop.work(run);
    assertThat(parts(article)).as("written by the run").isPositive();
    purge(Duration.ofDays(7));
    assertThat(parts(article)).isZero();
    assertThat(trashed()).doesNotContain(article);
  }

  @Test
  void a_run_of_a_deleted_article_is_cancelled_after_a_minute_unless_it_is_restored() {
    var run = begin();
    var article = view(run).articleId();
    assertThat(trash.delete(article, shop.pool.admin)).as("its run has not ended").isTrue();
    trash.restore(List.of(article), shop.pool.admin);
    shop.pool.clock.tick(Duration.ofMinutes(2));
    shop.runs.cancelOfDeletedArticles();
    assertThat(state(run)).as("restored").isEqualTo(RunState.QUEUED);

    trash.delete(article, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofSeconds(59));
    shop.runs.cancelOfDeletedArticles();
    assertThat(state(run)).as("can be undone").isEqualTo(RunState.QUEUED);
    shop.pool.clock.tick(Duration.ofSeconds(2));
    int calls = upstream.requests.size();
    shop.runs.cancelOfDeletedArticles();
    shop.work(run);
    shop.runs.cancelOfDeletedArticles();
    assertThat(upstream.requests).hasSize(calls);
    assertThat(state(run)).isEqualTo(RunState.CANCELLED);
    assertThat(view(run).reason()).isEqualTo("Cancelled by the deletion of the article.");
    trash.restore(List.of(article), shop.pool.admin);
    assertThat(trash.delete(article, shop.pool.admin)).as("the run has ended").isFalse();
    trash.restore(List.of(article), shop.pool.admin);
  }

  @Test
  void an_article_restored_while_runs_of_deleted_articles_are_cancelled_keeps_its_run()
      throws Exception {
    var run = begin();
    var article = view(run).articleId();
    trash.delete(article, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofMinutes(2));
    whileCancelling(tx -> deletedAt(tx, article, null));
    assertThat(state(run)).isEqualTo(RunState.QUEUED);
    end(run);
  }

  @Test
  void an_article_deleted_again_while_runs_are_cancelled_can_be_restored_for_another_minute()
      throws Exception {
    var run = begin();
    var article = view(run).articleId();
    trash.delete(article, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofMinutes(2));
    whileCancelling(tx -> deletedAt(tx, article, shop.pool.clock.instant()));
    assertThat(state(run)).isEqualTo(RunState.QUEUED);
    end(run);
  }

  @Test
  void runs_of_deleted_articles_are_cancelled_even_if_one_of_them_cannot_be_cancelled() {
    var runs = List.of(begin(), begin(), begin());
    for (var run : runs) {
      trash.delete(view(run).articleId(), shop.pool.admin);
    }
    shop.pool.clock.tick(Duration.ofMinutes(2));
    var stuck = runs.getFirst();
    shop.pool.test.asOwner(STUCK.formatted(stuck));
    assertThatThrownBy(shop.runs::cancelOfDeletedArticles).hasMessageContaining("stuck");
    shop.pool.test.asOwner("drop function stuck() cascade");
    assertThat(runs.stream().map(this::state))
        .containsExactly(RunState.QUEUED, RunState.CANCELLING, RunState.CANCELLING);
    runs.forEach(this::end);
  }

  /** Restores or deletes an article in a transaction for which the cancellation waits. */
  private void whileCancelling(Consumer<Tx> change) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var cancelling = new AtomicReference<Future<?>>();
      shop.pool.database.runTx(
          tx -> {
            change.accept(tx);
            cancelling.set(threads.submit(shop.runs::cancelOfDeletedArticles));
            Await.until(
                "the cancellation waits or has ended",
                () -> cancelling.get().isDone() || TestDatabase.anotherWaitsForLock(tx));
          });
      cancelling.get().get();
    }
  }

  private static void deletedAt(Tx tx, UUID article, @Nullable Instant at) {
    tx.dsl().update(ARTICLES).set(ARTICLES.DELETED_AT, at).where(ARTICLES.ID.eq(article)).execute();
  }

  private void end(UUID run) {
    shop.runs.cancel(run, shop.pool.admin);
    shop.work(run);
  }

  private RunState state(UUID run) {
    return view(run).state();
  }

  @Test
  void no_run_begins_on_an_article_that_was_deleted_since_its_page_was_opened() {
    var article = article();
    var form = NewArticle.of("Sourdough starter", "openrouter");
    trash.delete(article, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofSeconds(1));
    assertThatThrownBy(
            () ->
                shop.start.regenerate(
                    article,
                    form.runRequest(shop.providers, shop.pool.admin, shop.pool.ids.next())))
        .isInstanceOf(NotFound.class);
    assertThat(shop.runs.ofArticle(shop.pool.workspace, article)).hasSize(1);
  }

  @Test
  void a_restored_article_is_unchanged() {
    var article = article();
    var before = shop.articles.article(shop.pool.workspace, article);

    trash.delete(article, shop.pool.admin);
    assertThat(listed()).doesNotContain(article);
    assertThat(trashed()).contains(article);
    assertThatThrownBy(() -> shop.articles.article(shop.pool.workspace, article))
        .isInstanceOf(NotFound.class);

    assertThat(trash.restore(List.of(article), shop.pool.admin)).isEqualTo(1);
    assertThat(listed()).contains(article);
    assertThat(trashed()).doesNotContain(article);
    assertThat(shop.articles.article(shop.pool.workspace, article).parts())
        .isEqualTo(before.parts());
    assertThat(trash.restore(List.of(article), shop.pool.admin)).as("a second time").isZero();
  }

  @Test
  void a_deletion_that_cannot_be_audited_is_rolled_back() {
    var article = article();
    shop.pool.test.asOwner("revoke insert on audit_events from keywheel_app");
    try {
      assertThatThrownBy(() -> trash.delete(article, shop.pool.admin))
          .hasMessageContaining("permission denied for table audit_events");
    } finally {
      shop.pool.test.asOwner("grant insert on audit_events to keywheel_app");
    }
    assertThat(listed()).contains(article);
  }

  @Test
  void the_purge_removes_only_the_parts_of_articles_deleted_long_ago_and_keeps_their_runs() {
    var old = article();
    var fresh = article();
    var kept = article();
    trash.delete(old, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofDays(5));
    trash.delete(fresh, shop.pool.admin);
    shop.pool.clock.tick(Duration.ofDays(3));

    assertThat(purge(Duration.ofDays(7))).isPositive();

    assertThat(parts(old)).isZero();
    assertThat(parts(fresh)).isPositive();
    assertThat(parts(kept)).isPositive();
    assertThat(trashed()).contains(fresh).doesNotContain(old);
    assertThat(trash.restore(List.of(old, fresh), shop.pool.admin)).isEqualTo(1);
    assertThat(shop.runs.ofArticle(shop.pool.workspace, old)).isNotEmpty();
    boolean purged =
        shop.pool.database.read(
            dsl ->
                dsl.select(ARTICLES.PURGED)
                    .from(ARTICLES)
                    .where(ARTICLES.ID.eq(old))
                    .fetchSingle(ARTICLES.PURGED));
    assertThat(purged).isTrue();
  }

  @Test
  void deletions_are_listed_newest_first_over_several_pages() {
    var ids = List.of(article(), article(), article());
    ids.forEach(
        id -> {
          trash.delete(id, shop.pool.admin);
          shop.pool.clock.tick(Duration.ofSeconds(1));
        });
    var all = trashed();
    assertThat(all.subList(0, 3)).isEqualTo(ids.reversed());

    var next = trash.articles(shop.pool.workspace, all.getFirst(), false, 2);
    assertThat(next).extracting(row -> row.id()).isEqualTo(all.subList(1, 3));
    var back = trash.articles(shop.pool.workspace, all.get(2), true, 2);
    assertThat(back).extracting(row -> row.id()).isEqualTo(all.subList(0, 2));
  }
}
