package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.RunningApp;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Several users, or repeated clicks of one user, at the same moment; and a database that is slow or
 * fails.
 */
@Tag("full")
@Timeout(120)
class ManyAtOnceTest {

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser ada = app.administrator();
  private static String token;

  @BeforeAll
  static void start() {
    token = ada.token();
    app.addKeys(
        "openrouter",
        IntStream.rangeClosed(1, 20)
            .mapToObj(i -> "key" + i + "@example.org sk-or-demo-valid-" + (100 + i))
            .toList());
    post("/keys/disablement", ids(keys()));
  }

  @Test
  void fifty_submissions_of_one_form_start_one_run_and_ten_forms_start_ten() throws Exception {
    var request = UUID.randomUUID();
    var clicks = atOnce(50, i -> generate(request));
    assertThat(clicks).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(303));
    assertThat(clicks.stream().map(Answer::location).distinct()).hasSize(1);
    assertThat(runs(request)).isEqualTo(1);
    var forms = atOnce(10, i -> generate(UUID.randomUUID()));
    assertThat(forms).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(303));
    assertThat(forms.stream().map(Answer::location).distinct()).hasSize(10);
  }

  @Test
  void concurrent_changes_of_the_same_and_neighbouring_keys_are_all_answered() throws Exception {
    var keys = keys();
    var words = List.of("enablement", "disablement", "deletion");
    var answers =
        atOnce(
            24,
            i ->
                i % 4 == 3
                    ? post("/keys/" + keys.get(i % 6) + "/tests", List.of())
                    : post("/keys/" + words.get(i % 4), ids(keys.subList(i % 6, i % 6 + 4))));
    assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isLessThan(500));
    var gone = List.of(keys.get(0));
    post("/keys/deletion", ids(gone));
    var again = post("/keys/disablement", ids(gone));
    assertThat(again.status()).isEqualTo(303);
    assertThat(ada.get(again.location()).status()).isEqualTo(200);
    int rows = app.database().read(dsl -> dsl.fetchCount(API_KEYS));
    assertThat(rows).isEqualTo(20);
  }

  @Test
  void pages_answer_while_the_pool_is_locked_and_an_action_ends_in_time() throws Exception {
    var locked = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var holder = threads.submit(() -> hold(locked, release));
      locked.await();
      try {
        for (var page : List.of("/", "/keys", "/articles", "/log", "/recovery")) {
          assertThat(ada.get(page).status()).as(page).isEqualTo(200);
        }
        var action = generate(UUID.randomUUID());
        assertThat(action.status()).as(action.body()).isEqualTo(503);
      } finally {
        release.countDown();
      }
      holder.get();
    }
    assertThat(generate(UUID.randomUUID()).status()).isEqualTo(303);
  }

  private static Void hold(CountDownLatch locked, CountDownLatch release) {
    app.database()
        .runTx(
            tx -> {
              tx.dsl().selectFrom(POOLS).forUpdate().fetch();
              locked.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return null;
  }

  @Test
  void an_action_that_cannot_be_audited_is_rolled_back() {
    var key = keys().getLast();
    var run = UUID.randomUUID();
    app.asOwner("revoke insert on audit_events from keywheel_app");
    try {
      assertThat(post("/keys/" + key + "/deletion", List.of()).status()).isIn(500, 503);
      assertThat(keys()).contains(key);
      assertThat(generate(run).status()).isIn(500, 503);
      assertThat(ada.get("/keys").status()).isEqualTo(200);
    } finally {
      app.asOwner("grant insert on audit_events to keywheel_app");
    }
    assertThat(post("/keys/" + key + "/deletion", List.of()).status()).isEqualTo(303);
    assertThat(keys()).doesNotContain(key);
    assertThat(generate(run).status()).isEqualTo(303);
  }

  private static Answer generate(UUID request) {
    return post(
        "/articles",
        List.of(
            Map.entry("topic", "How to save for a bicycle"),
            Map.entry("provider", "openrouter"),
            Map.entry("request_id", request.toString())));
  }

  private static Answer post(String path, List<Map.Entry<String, String>> fields) {
    return ada.at(URI.create(app.url())).post(path, fields, token);
  }

  private static List<Map.Entry<String, String>> ids(List<UUID> keys) {
    return keys.stream().map(key -> Map.entry("id", key.toString())).toList();
  }

  /** Keys that are not in the trash. */
  private static List<UUID> keys() {
    return app.database()
        .read(
            dsl ->
                dsl.select(API_KEYS.ID)
                    .from(API_KEYS)
                    .where(API_KEYS.DELETED_AT.isNull())
                    .orderBy(API_KEYS.ADDED_SEQ)
                    .fetch(API_KEYS.ID));
  }

  private static int runs(UUID request) {
    return app.database().read(dsl -> dsl.fetchCount(RUNS, RUNS.REQUEST_ID.eq(request)));
  }

  private static List<Answer> atOnce(int times, IntFunction<Answer> request) throws Exception {
    var begin = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var submitted =
          IntStream.range(0, times)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            begin.await();
                            return request.apply(i);
                          }))
              .toList();
      begin.countDown();
      var answers = new ArrayList<Answer>();
      for (var one : submitted) {
        answers.add(one.get());
      }
      return answers;
    }
  }
}
