package dev.keywheel.article.run.engine;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.conversation.TeaForTwo;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.store.PartRepository.NewPart;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestWheel;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCompletionTest {
  @AutoClose private final TestWheel t = new TestWheel();

  @Test
  void an_article_edited_while_its_run_ends_is_measured_with_the_edit() throws Exception {
    t.pool.add(1);
    var fence = t.run();
    t.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(RUNS)
                .set(RUNS.INPUTS, Json.jsonb(RunInputs.full(TeaForTwo.ARTICLE_REQUEST, Map.of())))
                .execute());
    var run =
        t.pool.database.read(dsl -> new RunRepository().find(dsl, fence.runId())).orElseThrow();
    t.pool.database.runTx(tx -> save(tx, run.articleId(), "Tea for two people."));
    var completion = new RunCompletion(t.pool.database, t.log, t.pool.clock);
    var cancelling = new AtomicReference<Future<?>>();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      t.pool.database.runTx(
          tx -> {
            PartRepository.lock(tx, run.articleId());
            cancelling.set(threads.submit(() -> completion.cancel(run)));
            Await.until("it waits for the article", () -> TestDatabase.anotherWaitsForLock(tx));
            save(tx, run.articleId(), "Tea.");
          });
      cancelling.get().get();
    }

    int words =
        t.pool.database.read(
            dsl -> dsl.select(ARTICLES.WORDS).from(ARTICLES).fetchSingle(ARTICLES.WORDS));
    assertThat(words).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_run_cancelled_after_its_last_operation_is_cancelled_and_not_retried(boolean cancelled) {
    var fence = t.run();
    t.pool.database.runTx(
        tx -> {
          var inputs = Json.jsonb(RunInputs.full(TeaForTwo.ARTICLE_REQUEST, Map.of()));
          tx.dsl().update(RUNS).set(RUNS.INPUTS, inputs).execute();
          new OperationRepository()
              .endOpen(
                  tx,
                  fence.runId(),
                  OperationState.FAILED,
                  OperationError.BROKEN.code(),
                  "It failed.",
                  t.pool.clock.instant());
        });
    var run =
        t.pool.database.read(dsl -> new RunRepository().find(dsl, fence.runId())).orElseThrow();
    if (cancelled) {
      t.pool.database.runTx(tx -> new RunRepository().requestCancel(tx, run.id(), "Ada"));
    }

    var retry =
        new RunCompletion(t.pool.database, t.log, t.pool.clock)
            .complete(run, new RunSettings(3, 24, 2));

    assertThat(retry.isEmpty()).isEqualTo(cancelled);
    var stored = t.pool.database.read(dsl -> RunQueries.retryAt(dsl, run.id()));
    assertThat(stored).isEqualTo(retry);
    var ended = t.pool.database.read(dsl -> new RunRepository().find(dsl, run.id())).orElseThrow();
    assertThat(ended.state()).isEqualTo(cancelled ? RunState.CANCELLED : RunState.FAILED);
  }

  private void save(Tx tx, UUID article, String summary) {
    var plan = TeaForTwo.plan();
    var changed =
        new PagePlan(
            plan.title(),
            plan.slug(),
            plan.metaDescription(),
            plan.primaryKeyword(),
            plan.keywords(),
            summary,
            plan.section1(),
            plan.section2(),
            plan.faq(),
            plan.tool(),
            plan.image());
    var part =
        new NewPart(
            t.pool.ids.next(),
            article,
            PartName.PLAN,
            "edit",
            null,
            null,
            changed,
            null,
            Map.of(),
            true,
            null,
            "grace@example.org");
    new PartRepository().insert(tx, part, t.pool.clock.instant());
  }
}
