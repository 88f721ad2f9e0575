package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.db.Database;
import dev.keywheel.job.JobResult;
import dev.keywheel.log.LogEntry;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Await;
import dev.keywheel.support.UnsteadyDatabase;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs with broken database connections, and runs resumed after their worker was interrupted. */
@Tag("full")
class RunWithDatabaseFaultsTest extends RunsOnOtherUpstream {
  private static final String PICTURE =
      "data:image/png;base64," + Base64.getEncoder().encodeToString(CoverImage.drawn("A cover"));

  private static final List<String> AFTER_THE_PLAN =
      List.of("Tool Generator", "Section 1 Generator", "Section 2 Generator", "FAQ Generator");

  private final AtomicInteger away = new AtomicInteger();
  private final UnsteadyDatabase unsteady =
      new UnsteadyDatabase(shop.pool.test.address().jdbcUrl(), away);
  private final ArticleWorkshop.Node node = shop.node(new Database(unsteady));

  RunWithDatabaseFaultsTest() {
    super(9);
  }

  @BeforeEach
  void answerWithPictures() {
    upstream.when("Image Generation", _ -> Answer.of(PICTURE));
  }

  @Test
  void a_run_makes_the_same_calls_when_any_commit_breaks_its_connection() {
    var clean = begin();
    node.work(clean);
    assertThat(view(clean).state()).isEqualTo(RunState.COMPLETED);
    var calls = requestedOperations();
    assertThat(calls).hasSize(8).doesNotHaveDuplicates();
    var codes = codes(clean);
    for (int every : List.of(2, 5)) {
      upstream.requests.clear();
      var run = begin();
      unsteady.breakEvery(every);
      node.work(run);
      unsteady.breakEvery(0);
      assertThat(view(run).state()).as("every %s breaks", every).isEqualTo(RunState.COMPLETED);
      assertThat(requestedOperations()).as("every %s breaks", every).isEqualTo(calls);
      assertThat(attempts(run)).as("every %s breaks", every).containsOnly("ok").hasSize(8);
      assertThat(codes(run)).as("every %s breaks", every).isEqualTo(codes);
      assertThat(view(run).calls()).isEqualTo(8);
    }
    assertThat(unsteady.lost()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"25006", "53100"})
  void a_run_repeats_no_call_while_the_database_is_read_only_or_full(String state) {
    upstream.when(
        "FAQ Generator",
        request -> {
          unsteady.refuseTheNextCommits(3, state);
          return OtherUpstream.usual(request);
        });
    var run = begin();
    node.work(run);
    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
    assertThat(requestedOperations()).hasSize(8).doesNotHaveDuplicates();
    assertThat(attempts(run)).containsOnly("ok").hasSize(8);
  }

  @Test
  void stored_answers_of_an_interrupted_worker_are_not_requested_again() throws Exception {
    var planned = new CountDownLatch(1);
    for (var operation : AFTER_THE_PLAN) {
      upstream.when(operation, request -> answerAfter(planned, OtherUpstream.usual(request)));
    }
    upstream.when("Image Generation", _ -> answerAfter(planned, Answer.of(PICTURE)));
    var run = begin();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<JobResult> cutOff = threads.submit(() -> node.work(run));
      Await.until("the plan and four more are requested", () -> requestedOperations().size() == 5);
      disconnectBeforeOperationsEnd(run, planned);
      assertThat(cutOff.get()).isInstanceOf(JobResult.Again.class);
    }
    acceptPartsAgain();
    var before = requestedOperations();
    assertThat(attempts(run)).containsOnly("ok");
    changeRequestHash(run, "FAQ Generator");

    shop.work(run);

    var after = view(run);
    assertThat(after.state()).isEqualTo(RunState.COMPLETED);
    assertThat(after.operations().get(7).state()).isEqualTo(OperationState.SUCCEEDED);
    assertThat(requestedOperations().stream().filter(before::contains).toList())
        .as("requested once, except the FAQ, whose request differs")
        .hasSize(before.size() + 1);
    assertThat(requestedOperations().stream().filter("FAQ Generator"::equals)).hasSize(2);
    assertThat(codes(run).stream().filter("call.reused"::equals)).hasSize(3);
    assertThat(after.resumedAt()).isNotNull();
    assertThat(rawReplies(run, 8)).as("the picture is in the article").isZero();
    assertThat(after.operations().stream().map(o -> o.keyName()))
        .containsExactly("key1", "key2", "key3", "key4", "key5", "key6", "key7", "key1");
  }

  /**
   * Stores the answers, but lets no operation end: the database accepts no part of an article. Then
   * cuts all connections, so that this node can no longer reach the database.
   */
  private void disconnectBeforeOperationsEnd(UUID run, CountDownLatch planned) throws SQLException {
    var named = new Properties();
    named.setProperty("ApplicationName", "administrator");
    try (var administrator =
            DriverManager.getConnection(shop.pool.test.superuser().jdbcUrl(), named);
        var statement = administrator.createStatement()) {
      statement.execute(
          """
          create function refuse() returns trigger language plpgsql as
          $$ begin raise exception 'shutting down' using errcode = '57P01'; end $$;
          create trigger refuse before insert on parts for each row execute function refuse()
          """);
      planned.countDown();
      Await.until("every request is answered", () -> !attempts(run).contains("sent"));
      away.set(Integer.MAX_VALUE);
      statement.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname ="
              + " current_database() and application_name = 'PostgreSQL JDBC Driver'");
    }
  }

  private void acceptPartsAgain() {
    shop.pool.test.asOwner("drop trigger refuse on parts");
  }

  private static Answer answerAfter(CountDownLatch latch, Answer answer) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return answer;
  }

  private void changeRequestHash(UUID run, String operation) {
    int ordinal =
        view(run).operations().stream()
            .filter(o -> o.name().equals(operation))
            .findFirst()
            .orElseThrow()
            .ordinal();
    shop.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(ATTEMPTS)
                .set(ATTEMPTS.REQUEST_HASH, "of another request")
                .where(ATTEMPTS.RUN_ID.eq(run), ATTEMPTS.ORDINAL.eq(ordinal))
                .execute());
  }

  private List<String> requestedOperations() {
    return upstream.requests.stream().map(Request::operation).sorted().toList();
  }

  private List<String> attempts(UUID run) {
    return view(run).operations().stream()
        .flatMap(o -> o.attempts().stream())
        .map(a -> a.state().code())
        .toList();
  }

  private List<String> codes(UUID run) {
    return shop.log.after(shop.pool.workspace, run, 0, 10_000).stream()
        .map(LogEntry::code)
        .sorted()
        .toList();
  }

  private int rawReplies(UUID run, int ordinal) {
    return shop.pool.database.read(
        dsl ->
            dsl.fetchCount(
                ATTEMPTS,
                ATTEMPTS.RUN_ID.eq(run),
                ATTEMPTS.ORDINAL.eq(ordinal),
                ATTEMPTS.RAW.isNotNull()));
  }
}
