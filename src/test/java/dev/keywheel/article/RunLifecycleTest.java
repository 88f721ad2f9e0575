package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.RunFilter;
import dev.keywheel.job.JobResult;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import dev.keywheel.run.Seat;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Runs that are interrupted, cancelled, repeated, queued, or without keys. */
class RunLifecycleTest extends RunsOnOtherUpstream {
  RunLifecycleTest() {
    super(0);
  }

  private OperationState state(UUID run, int ordinal) {
    return view(run).operations().get(ordinal - 1).state();
  }

  /** Answers the operation's first call only when released. */
  private CountDownLatch hold(String operation, CountDownLatch release) {
    var arrived = new CountDownLatch(1);
    upstream.when(
        operation,
        a -> {
          if (a.time() == 1) {
            arrived.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return OtherUpstream.usual(a);
        });
    return arrived;
  }

  @Test
  void a_run_resumes_after_its_worker_died_and_repeats_no_finished_operation()
      throws InterruptedException {
    shop.addKeys(9);
    var run = begin();
    var release = new CountDownLatch(1);
    var arrived = hold("Section 1 Generator", release);
    var dead = Thread.ofVirtual().start(() -> shop.work(run));
    arrived.await();
    Await.until(
        "the others end",
        () -> List.of(1, 2, 3, 4, 7, 8).stream().allMatch(o -> state(run, o).delivered()));
    int before = upstream.requests.size();

    assertThat(shop.node(shop.pool.database).work(run)).isInstanceOf(JobResult.Done.class);

    var after = view(run);
    assertThat(after.state()).isEqualTo(RunState.COMPLETED);
    assertThat(after.operations().get(4).attempts().stream().map(a -> a.state().code()).toList())
        .isEqualTo(List.of("unknown", "ok"));
    assertThat(after.operations().get(4).attempts().get(1).cause().code()).isEqualTo("resend");
    assertThat(after.operations().get(4).attempts().get(1).keyId())
        .as("the same key")
        .isEqualTo(after.operations().get(4).attempts().get(0).keyId());
    assertThat(upstream.requests.size() - before).as("section 1 again, and section 2").isEqualTo(2);

    release.countDown();
    dead.join();
    assertThat(view(run).operations())
        .as("the late answer changes nothing")
        .isEqualTo(after.operations());
    assertThat(shop.log(run).stream().anyMatch(l -> l.contains("outcome unknown"))).isTrue();
  }

  @Test
  void a_call_of_unknown_outcome_is_repeated_at_most_twice_and_again_by_a_retry()
      throws InterruptedException {
    shop.addKeys(9);
    var run = begin();
    var release = new CountDownLatch(1);
    upstream.when(
        "FAQ Generator",
        a -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return OtherUpstream.usual(a);
        });
    for (int i = 1; i <= 3; i++) {
      int nth = i;
      Thread.ofVirtual().start(() -> shop.node(shop.pool.database).work(run));
      Await.until(
          "the call arrives",
          () ->
              upstream.requests.stream().filter(a -> a.operation().equals("FAQ Generator")).count()
                  == nth);
    }
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(state(run, 7)).isEqualTo(OperationState.FAILED);
    assertThat(
            view(run).operations().get(6).attempts().stream().map(a -> a.state().code()).toList())
        .isEqualTo(List.of("unknown", "unknown", "unknown"));
    assertThat(view(run).canRetry()).isTrue();

    upstream.when("FAQ Generator", OtherUpstream::usual);
    shop.pool.clock.tick(Duration.ofSeconds(1)); // the calls of a retry are counted from its start
    shop.runs.retry(run, 0, shop.pool.admin);
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
    assertThat(view(run).operations().get(6).attempts()).as("a retry sends it again").hasSize(4);
    release.countDown();
  }

  @Test
  void cancelling_aborts_calls_in_flight_and_keeps_finished_parts() throws InterruptedException {
    shop.addKeys(9);
    var run = begin();
    var release = new CountDownLatch(1);
    var arrived = hold("Section 1 Generator", release);
    var worker = Thread.ofVirtual().start(() -> shop.work(run));
    arrived.await();
    Await.until("the FAQ has ended", () -> state(run, 7).delivered());
    shop.runs.cancel(run, shop.pool.admin);
    worker.join();
    release.countDown();
    var after = view(run);
    assertThat(after.state()).isEqualTo(RunState.CANCELLED);
    assertThat(after.reason()).isEqualTo("Cancelled by " + shop.pool.admin.email() + ".");
    assertThat(after.operations().stream().allMatch(o -> o.state().ended())).isTrue();
    assertThat(state(run, 5)).isEqualTo(OperationState.CANCELLED);
    assertThat(after.operations().get(4).attempts().getFirst().state().code())
        .isEqualTo("cancelled");
    assertThat(state(run, 7).delivered()).isTrue();
    assertThatThrownBy(() -> shop.runs.cancel(run, shop.pool.admin)).isInstanceOf(Conflict.class);

    upstream.when("Section 1 Generator", OtherUpstream::usual);
    shop.runs.retry(run, 0, shop.pool.admin);
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
    assertThat(audited(run)).containsExactly("started a run", "cancelled a run", "retried a run");
  }

  @Test
  void a_cancellation_ends_the_wait_of_a_call_without_a_poll_of_the_database() {
    var id = begin();
    var run = shop.pool.database.read(dsl -> new RunRepository().find(dsl, id)).orElseThrow();
    var plan = new Plan(List.of(new Seat(UUID.randomUUID(), "key1", 1)));
    var now = shop.pool.clock.instant();
    var call = shop.calls.open(run.runFence(), plan, 1, "", 7, now, now.plusSeconds(60));
    shop.waited = _ -> shop.runs.cancel(id, shop.pool.admin);
    assertThat(shop.calls.await(call, Duration.ofSeconds(1))).contains(new Halt.Cancelled());
  }

  @Test
  void only_the_first_cancellation_of_a_run_gives_its_reason() {
    shop.addKeys(9);
    var run = begin();
    shop.runs.cancel(run, shop.pool.admin);
    shop.runs.cancel(shop.pool.workspace, run, "the archiving of the workspace");
    assertThat(view(run).reason()).isEqualTo("Cancelled by " + shop.pool.admin.email() + ".");
    assertThat(audited(run)).containsExactly("started a run", "cancelled a run");
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.CANCELLED);
  }

  private List<String> audited(UUID run) {
    return shop.pool.database.read(
        dsl ->
            dsl.fetch(
                    "select action from audit_events where subject = ? order by id", run.toString())
                .getValues(0, String.class));
  }

  @Test
  void one_failed_operation_is_retried_without_the_others() {
    shop.addKeys(9);
    upstream.when("Guide Generator", _ -> Answer.of("I would rather not."));
    upstream.when("FAQ Generator", _ -> Answer.of("I would rather not."));
    var run = begin();
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(state(run, 4)).isEqualTo(OperationState.FAILED);
    assertThatThrownBy(() -> shop.runs.retry(run, 5, shop.pool.admin)).isInstanceOf(Conflict.class);

    upstream.when("Guide Generator", OtherUpstream::usual);
    upstream.when("FAQ Generator", OtherUpstream::usual);
    assertThat(view(run).retriedAt()).isNull();
    shop.pool.clock.tick(Duration.ofHours(1));
    shop.runs.retry(run, 7, shop.pool.admin);
    assertThat(view(run).retriedAt()).isEqualTo(shop.pool.clock.instant());
    shop.work(run);
    assertThat(state(run, 4)).isEqualTo(OperationState.FAILED);
    assertThat(state(run, 7)).isEqualTo(OperationState.SUCCEEDED);
    assertThat(view(run).gaps()).singleElement().asString().startsWith("Guide Generator");
    assertThat(lastLine(run)).contains(" 0 s after the retry, ");
    shop.runs.retry(run, 4, shop.pool.admin);
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
  }

  private String lastLine(UUID run) {
    return shop.log(run).stream().filter(line -> line.contains("🏁")).toList().getLast();
  }

  @Test
  void a_retry_is_refused_when_another_run_begins_on_the_article_first() throws Exception {
    var run = begin();
    shop.runs.cancel(run, shop.pool.admin);
    shop.work(run);
    assertThat(view(run).reason()).startsWith("Cancelled by ");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var retried = new AtomicReference<Future<?>>();
      shop.pool.database.runTx(
          tx -> {
            tx.dsl().selectFrom(ARTICLES).forUpdate().fetch();
            retried.set(threads.submit(() -> shop.runs.retry(run, 0, shop.pool.admin)));
            Await.until("the retry waits", () -> TestDatabase.anotherWaitsForLock(tx));
            var other = tx.dsl().fetchSingle(RUNS, RUNS.ID.eq(run));
            other.touched(true);
            other.set(RUNS.ID, shop.pool.ids.next());
            other.set(RUNS.REQUEST_ID, shop.pool.ids.next());
            other.set(RUNS.STATE, "queued");
            other.touched(RUNS.NUMBER, false);
            tx.dsl().insertInto(RUNS).set(other).execute();
          });
      var refused = catchThrowableOfType(ExecutionException.class, () -> retried.get().get());
      assertThat(refused.getCause()).isInstanceOf(Conflict.class);
    }
  }

  @Test
  void a_repeated_request_creates_one_run() {
    shop.addKeys(9);
    var request = shop.pool.ids.next();
    var first =
        shop.articles.generate(
            NewArticle.of("Sourdough starter", "openrouter"), shop.pool.admin, request);
    assertThat(
            shop.articles.generate(
                NewArticle.of("Sourdough starter", "openrouter"), shop.pool.admin, request))
        .isEqualTo(first);
    assertThat(
            shop.runs
                .list(shop.pool.workspace, new RunFilter(RunFilter.Which.ALL, null, false), 10)
                .size())
        .isEqualTo(1);
    assertThat(shop.articles.articles(shop.pool.workspace, ArticleFilter.NEWEST, 10).size())
        .isEqualTo(1);
  }

  @Test
  void a_run_without_keys_waits_and_resumes_when_one_is_usable() {
    var run = begin();
    var waits = (JobResult.Again) shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.WAITING_KEYS);
    assertThat(view(run).waitUntil()).isEqualTo(waits.at());
    assertThat(waits.at().isAfter(shop.pool.clock.instant())).isTrue();
    shop.addKeys(2);
    shop.start.wakeWaiting();
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
    var names = view(run).operations().stream().map(o -> o.keyName()).toList();
    assertThat(names)
        .isEqualTo(List.of("key1", "key2", "key1", "key2", "key1", "key2", "key1", "key2"));
  }

  @Test
  void a_model_chosen_for_a_run_does_not_change_the_model_class_of_the_pool() {
    shop.addKeys(9);
    shop.generate(
        ArticleWorkshop.form("en", RunMode.PARALLEL, Map.of(ModelRole.WRITER, "a/paid-model")));
    assertThat(shop.pool.pool.status().textClass(shop.pool.id)).isEqualTo(ModelClass.FREE);
  }

  @Test
  void a_run_that_waits_too_long_after_it_left_the_queue_fails_with_its_reason() {
    var run = begin();
    assertWaitsAfter(Duration.ofHours(25), run);
    assertWaitsAfter(Duration.ofHours(23), run);
    shop.pool.clock.tick(Duration.ofHours(2));
    assertThat(shop.work(run)).isInstanceOf(JobResult.Done.class);
    assertThat(view(run).state()).isEqualTo(RunState.FAILED);
    assertThat(String.valueOf(view(run).reason()).startsWith("No key became usable in time."))
        .isTrue();

    shop.runs.retry(run, 0, shop.pool.admin);
    assertWaitsAfter(Duration.ofHours(25), run);
  }

  private void assertWaitsAfter(Duration time, UUID run) {
    shop.pool.clock.tick(time);
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.WAITING_KEYS);
  }

  @Test
  void a_retry_forgets_the_assignments_that_found_no_key() {
    var run = begin();
    shop.work(run);
    assertThat(emptyAssignmentsBeforeOneMore(run)).isEqualTo(1);
    shop.runs.cancel(run, shop.pool.admin);
    shop.work(run);

    shop.runs.retry(run, 0, shop.pool.admin);

    assertThat(emptyAssignmentsBeforeOneMore(run)).isZero();
  }

  private int emptyAssignmentsBeforeOneMore(UUID run) {
    return shop.pool.database.inTx(tx -> RunExclusions.countEmptyAssignment(tx, run));
  }

  @Test
  void runs_beyond_the_limit_queue_and_start_in_order() throws InterruptedException {
    shop.addKeys(4);
    var first = begin();
    shop.pool.clock.tick(Duration.ofSeconds(1));
    var second = begin();
    shop.pool.clock.tick(Duration.ofSeconds(1));
    var third = begin();
    var release = new CountDownLatch(1);
    var arrived = hold("Meta & Toc Generator", release);
    var worker = Thread.ofVirtual().start(() -> shop.work(first));
    arrived.await();
    var other = Thread.ofVirtual().start(() -> shop.work(second));
    other.join();
    assertThat(view(second).state())
        .as("two runs may work with four keys")
        .isEqualTo(RunState.COMPLETED);
    release.countDown();
    worker.join();
    shop.work(third);
    assertThat(view(third).state()).isEqualTo(RunState.COMPLETED);

    shop.set(new RunSettings(1, 24, 0));
    var fourth = begin();
    shop.pool.clock.tick(Duration.ofSeconds(1));
    var fifth = begin();
    assertThat(shop.work(fifth)).isInstanceOf(JobResult.Again.class);
    assertThat(view(fourth).placeInQueue()).as("nothing prevents its start").isEqualTo(0);
    assertThat(view(fifth).placeInQueue()).as("it waits for the fourth to end").isEqualTo(1);
    shop.work(fourth);
    shop.work(fifth);
    assertThat(view(fifth).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void a_full_queue_refuses_with_a_time_to_try_again() {
    for (int i = 0; i < RunLimits.MAX_QUEUED; i++) {
      begin();
    }
    assertThatThrownBy(this::begin)
        .isInstanceOfSatisfying(
            RateLimited.class, refused -> assertThat(refused.retryAfter()).isPositive());
  }

  @Test
  void operations_take_the_keys_in_turn_for_every_number_of_keys() {
    for (int n : List.of(1, 6, 7)) {
      try (var fresh = ArticleWorkshop.at(upstream)) {
        fresh.addKeys(n);
        var run = fresh.generate(NewArticle.of("Sourdough starter", "openrouter"));
        int seats = Math.min(7, n);
        for (var operation : run.operations()) {
          assertThat(operation.keyName())
              .as(n + " keys, operation " + operation.ordinal())
              .isEqualTo("key" + ((operation.ordinal() - 1) % seats + 1));
        }
      }
    }
  }

  @Test
  void an_invalid_form_is_refused_with_its_field_and_creates_nothing() {
    assertThat(
            catchThrowableOfType(
                    Rejected.class, () -> shop.generate(NewArticle.of(" \u200B ", "openrouter")))
                .field()
                .orElseThrow())
        .isEqualTo("topic");
    assertThat(
            catchThrowableOfType(
                    Rejected.class,
                    () -> shop.generate(NewArticle.of("x".repeat(501), "openrouter")))
                .field()
                .orElseThrow())
        .isEqualTo("topic");
    assertThat(
            catchThrowableOfType(
                    Rejected.class, () -> shop.generate(NewArticle.of("Bread", "nobody")))
                .field()
                .orElseThrow())
        .isEqualTo("provider");
    assertThat(shop.articles.articles(shop.pool.workspace, ArticleFilter.NEWEST, 10)).isEmpty();
  }

  @Test
  void a_broken_operation_does_not_affect_the_others() {
    shop.addKeys(9);
    upstream.when("FAQ Generator", _ -> new Answer(418, "teapot", ""));
    var run = begin();
    shop.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED_WITH_GAPS);
    assertThat(view(run).gaps().getFirst().startsWith("FAQ Generator: ")).isTrue();
  }
}
