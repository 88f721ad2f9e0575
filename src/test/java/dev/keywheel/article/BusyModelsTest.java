package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.view.RunView;
import dev.keywheel.job.JobResult;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs while models are busy, or are reported as busy to one key. */
@Tag("full")
class BusyModelsTest extends RunsOnOtherUpstream {
  BusyModelsTest() {
    super(9);
  }

  private void busy(Predicate<Request> which) {
    upstream.refuse(
        request -> which.test(request) ? Optional.of(Answer.busy("")) : Optional.empty());
  }

  private boolean within(Duration time) {
    return shop.pool.clock.instant().isBefore(TestClock.START.plus(time));
  }

  @Test
  void a_run_waits_while_every_model_is_busy_and_then_completes() {
    busy(_ -> within(Duration.ofSeconds(9)));
    var shown = new CopyOnWriteArrayList<RunView>();
    shop.waited =
        _ ->
            shop.runs.unfinished(shop.pool.workspace).stream()
                .map(row -> view(row.id()))
                .forEach(shown::add);

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(shop.log(run.id()))
        .anyMatch(
            line ->
                line.contains(
                    "⏳ Meta & Toc Generator waits for the model, next try at 2026-03-10 14:25:3"));
    var waiting =
        shown.stream()
            .map(view -> view.operations().getFirst())
            .filter(operation -> operation.waitUntil() != null)
            .findFirst()
            .orElseThrow();
    assertThat(waiting.state()).isEqualTo(OperationState.RUNNING);
    assertThat(waiting.waitReason()).endsWith(" rate-limited upstream");
    assertThat(run.operations()).allMatch(operation -> operation.waitUntil() == null);
    assertThat(requests(Operation.META)).hasSizeLessThan(25);
  }

  @Test
  void a_model_that_was_not_busy_is_called_without_a_wait() {
    shop.pool.clock.advanceOnEachReading(Duration.ofNanos(1_000));
    busy(request -> request.model().equals(upstream.requests.getFirst().model()));

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(shop.log(run.id()))
        .anyMatch(line -> line.contains("rate-limited upstream, trying "))
        .noneMatch(line -> line.contains("waits for the model"));
  }

  @Test
  void a_wait_names_the_busy_model_not_the_next_one() {
    busy(_ -> within(Duration.ofSeconds(9)));

    var run = run();

    assertThat(shop.log(run.id()))
        .filteredOn(line -> line.contains("waits for the model"))
        .zipSatisfy(
            requests(Operation.META).subList(3, 6),
            (line, refused) ->
                assertThat(line)
                    .endsWith("Model " + refused.model() + " is rate-limited upstream"));
  }

  @Test
  void an_operation_whose_models_stay_busy_fails_only_at_its_deadline() {
    busy(_ -> true);

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.FAILED);
    assertThat(run.operations().getFirst().error())
        .contains(
            "rate-limited upstream, and another wait would exceed its time limit. Before: model ")
        .contains(requests(Operation.META).stream().map(Request::model).distinct().toList());
    assertThat(Duration.between(TestClock.START, shop.pool.clock.instant()))
        .isBetween(Duration.ofMinutes(3), Duration.ofMinutes(4));
    assertThat(requests(Operation.META)).hasSizeLessThan(60);
  }

  @Test
  void the_retry_time_of_a_busy_model_is_respected() {
    upstream.refuse(
        _ -> within(Duration.ofSeconds(1)) ? Optional.of(Answer.busy("40")) : Optional.empty());

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(requests(Operation.META)).hasSize(5);
    assertThat(Duration.between(TestClock.START, shop.pool.clock.instant()))
        .isGreaterThan(Duration.ofSeconds(40));
  }

  @Test
  void the_only_model_left_is_not_called_with_another_key_before_its_retry_time() {
    var first = new AtomicReference<Instant>();
    var again = new AtomicReference<Instant>();
    upstream.when(Operation.IMAGE.label(), _ -> Answer.of("no picture"));
    upstream.refuse(
        request -> {
          if (!request.operation().equals(Operation.IMAGE.label())) {
            return Optional.empty();
          }
          if (first.compareAndSet(null, shop.pool.clock.instant())) {
            return Optional.of(Answer.busy("20"));
          }
          again.compareAndSet(null, shop.pool.clock.instant());
          return Optional.empty();
        });

    run();

    var keys = requests(Operation.IMAGE).stream().map(Request::key).toList();
    assertThat(keys.get(1)).isNotEqualTo(keys.getFirst());
    assertThat(Duration.between(first.get(), again.get()))
        .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(40));
  }

  @Test
  void a_key_for_which_every_model_is_busy_is_replaced() {
    busy(request -> request.key().equals("key2") || request.key().equals("key5"));

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(requests(Operation.TOOL))
        .extracting(Request::key)
        .as("a concurrent operation may take a key outside the plan first")
        .startsWith("key2", "key2")
        .last()
        .isIn("key8", "key9");
    assertThat(shop.log(run.id())).noneMatch(line -> line.contains("waits for the model"));
  }

  @Test
  void a_model_with_a_retry_time_of_minutes_is_replaced_by_one_that_answers() {
    var failing = new AtomicReference<>("");
    upstream.refuse(
        request -> {
          failing.compareAndSet("", request.model());
          return request.model().equals(failing.get())
              ? Optional.of(new Answer(503, "Overloaded", "600"))
              : Optional.empty();
        });

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(requests(Operation.META)).hasSize(2);
    assertThat(shop.log(run.id()))
        .anyMatch(line -> line.contains("asks for a later retry, trying "))
        .noneMatch(line -> line.contains("waits for the model"));
  }

  /** A run that is retried twice automatically and finds every model busy. */
  private UUID beginWithTwoRetries() {
    shop.set(new RunSettings(3, 24, 2));
    busy(_ -> true);
    return begin();
  }

  @Test
  void a_failed_run_of_a_deleted_article_is_not_retried_automatically() {
    var id = beginWithTwoRetries();
    var again = (JobResult.Again) shop.work(id);
    shop.pool.database.runTx(
        tx -> tx.dsl().update(ARTICLES).set(ARTICLES.DELETED_AT, Instant.EPOCH).execute());

    shop.pool.clock.set(again.at());
    shop.work(id);

    var run = view(id);
    assertThat(run.state()).isEqualTo(RunState.FAILED);
    assertThat(run.retryAt()).isNull();
  }

  @Test
  void an_automatic_retry_does_not_replace_what_a_newer_run_made() {
    var id = beginWithTwoRetries();
    var again = (JobResult.Again) shop.work(id);
    upstream.answerAsUsual();
    shop.pool.clock.tick(Duration.ofSeconds(1));
    var article = view(id).articleId();
    var newer = regenerate(article);
    assertThat(view(newer).state()).isEqualTo(RunState.COMPLETED);
    var made = shop.shownVersions(article);

    assertThat(view(id).canCancelRetry()).isFalse();
    shop.pool.clock.set(again.at());
    assertThat(shop.work(id)).isEqualTo(new JobResult.Done());

    assertThat(view(id).state()).isEqualTo(RunState.FAILED);
    assertThat(shop.shownVersions(article)).isEqualTo(made);
  }

  /** Executes a new run for the whole article. */
  private UUID regenerate(UUID article) {
    var form = shop.regeneration.form(shop.pool.workspace, article);
    var run = shop.regeneration.regenerateAll(article, form, shop.pool.admin, shop.pool.ids.next());
    shop.work(run);
    return run;
  }

  @Test
  void the_automatic_retry_of_a_failed_run_can_be_cancelled() {
    var id = beginWithTwoRetries();
    var again = (JobResult.Again) shop.work(id);
    assertThat(view(id).canCancelRetry()).isTrue();

    var failed = shop.pool.database.read(dsl -> new RunRepository().find(dsl, id)).orElseThrow();
    var now = shop.pool.clock.instant();
    var call =
        shop.calls.open(
            failed.runFence(), requireNonNull(failed.plan()), 1, "", 7, now, again.at());
    shop.waited =
        _ -> assertThat(shop.runs.cancel(id, shop.pool.admin)).as("the run is cancelled").isFalse();
    assertThat(shop.calls.await(call, Duration.ofSeconds(1))).as("its calls are aborted").isEmpty();
    shop.waited = _ -> {};
    shop.pool.clock.set(again.at());
    assertThat(shop.work(id)).isEqualTo(new JobResult.Done());

    var run = view(id);
    assertThat(run.state()).isEqualTo(RunState.FAILED);
    assertThat(run.canCancelRetry()).isFalse();
    assertThat(shop.log(id)).anyMatch(line -> line.contains("🛑 Automatic retry cancelled by "));
    assertThatThrownBy(() -> shop.runs.cancel(id, shop.pool.admin)).isInstanceOf(Conflict.class);
    shop.runs.retry(id, 0, shop.pool.admin);
    assertThat(view(id).state()).isEqualTo(RunState.QUEUED);
  }

  @Test
  void a_full_queue_postpones_an_automatic_retry_and_refuses_others() {
    var id = beginWithTwoRetries();
    var again = (JobResult.Again) shop.work(id);
    for (int i = 0; i < RunLimits.MAX_QUEUED; i++) {
      shop.articles.generate(
          NewArticle.of("Bread " + i, "openrouter"), shop.pool.admin, shop.pool.ids.next());
    }
    shop.pool.clock.set(again.at());
    var postponed = (JobResult.Again) shop.work(id);
    assertThat(postponed.at()).isEqualTo(again.at().plus(Duration.ofMinutes(1)));
    shop.pool.clock.set(postponed.at());
    postponed = (JobResult.Again) shop.work(id);
    assertThat(shop.log(id))
        .filteredOn(line -> line.contains("🕓 50 runs are queued; "))
        .hasSize(1);
    assertThat(view(id).state()).isEqualTo(RunState.FAILED);
    assertThatThrownBy(() -> shop.runs.retry(id, 0, shop.pool.admin))
        .isInstanceOf(RateLimited.class)
        .hasMessageContaining("runs are already queued");

    shop.runs.cancel(shop.runs.unfinished(shop.pool.workspace).getFirst().id(), shop.pool.admin);
    shop.pool.clock.set(postponed.at());
    assertThat(shop.work(id)).as("reopened").isEqualTo(new JobResult.Done());
    assertThat(view(id).state()).isEqualTo(RunState.QUEUED);
  }

  @Test
  void a_failed_run_is_retried_automatically_as_often_as_configured() {
    var id = beginWithTwoRetries();
    var waits = new ArrayList<Duration>();
    for (int i = 0; i < 2; i++) {
      var again = (JobResult.Again) shop.work(id);
      var run = view(id);
      assertThat(run.state()).isEqualTo(RunState.FAILED);
      assertThat(run.retryAt()).isEqualTo(again.at());
      waits.add(Duration.between(shop.pool.clock.instant(), again.at()));
      assertThat(shop.work(id)).as("too early").isEqualTo(again);
      shop.pool.clock.set(again.at());
      assertThat(shop.work(id)).as("reopened").isEqualTo(new JobResult.Done());
      assertThat(view(id).state()).isEqualTo(RunState.QUEUED);
    }
    assertThat(waits).containsExactly(Duration.ofMinutes(5), Duration.ofMinutes(10));

    assertThat(shop.work(id)).as("no third retry").isEqualTo(new JobResult.Done());
    assertThat(view(id).retryAt()).isNull();
    upstream.answerAsUsual();
    shop.runs.retry(id, 0, shop.pool.admin);
    shop.work(id);
    assertThat(view(id).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void server_errors_of_less_than_a_minute_fail_no_operation() {
    upstream.refuse(
        _ ->
            within(Duration.ofSeconds(20))
                ? Optional.of(new Answer(502, "Bad gateway", ""))
                : Optional.empty());

    var run = run();
    for (int i = 0; i < 5 && run.state() == RunState.WAITING_KEYS; i++) {
      shop.pool.clock.set(run.waitUntil());
      shop.work(run.id());
      run = view(run.id());
    }

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(shop.pool.pool.status().counts(shop.pool.id).active()).isEqualTo(9);
    assertThat(run.operations())
        .flatExtracting(RunView.OperationView::attempts)
        .hasSizeLessThan(40);
  }
}
