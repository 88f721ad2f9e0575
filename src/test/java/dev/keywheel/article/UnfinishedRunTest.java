package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.job.JobResult;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.JSONB;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs that end before all of their operations have ended. */
@Tag("full")
class UnfinishedRunTest extends RunsOnOtherUpstream {
  UnfinishedRunTest() {
    super(9);
  }

  @Test
  void the_parts_of_a_failed_run_are_counted_and_scored() {
    upstream.refuse(
        request ->
            request.operation().equals(Operation.META.label())
                ? Optional.empty()
                : Optional.of(new Answer(402, "Insufficient credits", "")));
    var run = begin();
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.WAITING_KEYS);
    shop.pool.test.asOwner("update api_keys set status = 'disabled'");
    shop.pool.clock.tick(Duration.ofHours(25));
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.FAILED);
    var article = view(run).articleId();
    var scored = shop.pool.database.read(dsl -> dsl.fetchSingle(ARTICLES, ARTICLES.ID.eq(article)));
    assertThat(scored.get(ARTICLES.WORDS)).isPositive();
    assertThat(scored.get(ARTICLES.SCORE)).isNotNull();
    assertThat(shop.log(run)).anyMatch(line -> line.contains("Article assembled"));
  }

  @Test
  void a_cancelled_run_of_one_part_counts_one_operation() {
    var article = run().articleId();
    var run =
        shop.regeneration.regeneratePart(
            article, PartName.FAQ, null, "", "", shop.pool.admin, shop.pool.ids.next());
    shop.runs.cancel(run, shop.pool.admin);
    shop.work(run);
    assertThat(shop.log(run))
        .anyMatch(line -> line.contains("Run cancelled: 0 of 1 operations were finished"));
  }

  @Test
  void a_resumed_run_whose_plan_failed_makes_no_part_from_the_old_plan() {
    var run = regenerateAll(run().articleId(), "en");
    shop.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(OPERATIONS)
                .set(OPERATIONS.STATE, OperationState.FAILED.code())
                .set(OPERATIONS.ERROR_CODE, OperationError.BROKEN.code())
                .set(OPERATIONS.ERROR_TEXT, OperationError.BROKEN.text())
                .where(OPERATIONS.RUN_ID.eq(run), OPERATIONS.ORDINAL.eq(1))
                .execute());
    upstream.requests.clear();

    shop.work(run);

    assertThat(upstream.requests).isEmpty();
    assertThat(view(run).state()).isEqualTo(RunState.FAILED);
    assertThat(view(run).operations().getLast().state()).isEqualTo(OperationState.SKIPPED);
  }

  @Test
  void a_run_that_wrote_nothing_changes_neither_the_score_nor_later_parts() {
    var article = run().articleId();
    var score = score(article);
    var cancelled = regenerateAll(article, "de");
    shop.runs.cancel(cancelled, shop.pool.admin);
    shop.work(cancelled);
    assertThat(score(article)).isEqualTo(score);

    var part =
        shop.regeneration.regeneratePart(
            article, PartName.FAQ, null, "", "", shop.pool.admin, shop.pool.ids.next());

    var inputs =
        shop.pool.database.read(dsl -> new RunRepository().find(dsl, part)).orElseThrow().inputs();
    assertThat(RunInputs.of(inputs).wishes().language()).isEqualTo("en");
    assertThat(shop.regeneration.form(shop.pool.workspace, article).language()).isEqualTo("de");
  }

  @Test
  void a_run_whose_provider_is_switched_off_waits_and_continues_when_it_is_switched_on() {
    var run = begin();
    shop.pool.test.asOwner("update runs set provider = 'sandbox'");

    assertThat(shop.work(run))
        .isEqualTo(new JobResult.Again(shop.pool.clock.instant().plus(Duration.ofMinutes(5))));

    assertThat(view(run).state()).isEqualTo(RunState.WAITING_KEYS);
    assertThat(view(run).reason()).isEqualTo("Sandbox is switched off in this installation.");
    shop.pool.test.asOwner("update runs set provider = 'openrouter'");
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void a_run_whose_provider_stays_switched_off_fails_with_that_reason_at_the_end_of_its_wait() {
    var run = begin();
    shop.pool.test.asOwner("update runs set provider = 'sandbox'");
    shop.work(run);
    shop.pool.clock.tick(Duration.ofHours(25));

    assertThat(shop.work(run)).isEqualTo(new JobResult.Done());

    assertThat(view(run).state()).isEqualTo(RunState.FAILED);
    assertThat(view(run).reason()).endsWith("Sandbox is switched off in this installation.");
    assertThat(shop.log(run))
        .last()
        .asString()
        .endsWith("usable in time. Sandbox is switched off in this installation.");
  }

  private UUID regenerateAll(UUID article, String language) {
    shop.pool.clock.tick(Duration.ofSeconds(1));
    var form = ArticleWorkshop.form(language, RunMode.PARALLEL, Map.of());
    return shop.regeneration.regenerateAll(article, form, shop.pool.admin, shop.pool.ids.next());
  }

  private JSONB score(UUID article) {
    return shop.pool.database.read(
        dsl -> dsl.fetchValue(ARTICLES.SCORE_PARTS, ARTICLES.ID.eq(article)));
  }
}
