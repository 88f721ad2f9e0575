package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.OwnPostgres;
import dev.keywheel.support.StreamUpstream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL is stopped without a checkpoint and started again while clients use the gateway. */
@Tag("full")
@Timeout(300)
class GatewayOutageIT {
  private static final int CALLERS = 8;
  private static final int SOME = 50;
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String DATABASE = "keywheel_outage";
  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
          + "\"message\":{\"content\":\"x\"}}]}";

  /** Attempts whose key differs from the key of the seventh attempt before them. */
  private static final String OUT_OF_TURN =
      """
      select count(*) from (
        select key_id, lag(key_id, 7) over (order by seat) as before from gateway_attempts) a
       where key_id <> before""";

  @TempDir private Path folder;
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void requests_are_refused_during_an_outage_of_the_database_and_each_call_has_a_row()
      throws Exception {
    try (var postgres = new OwnPostgres(folder.resolve("postgres"));
        var upstream = new StreamUpstream()) {
      postgres.create(DATABASE);
      upstream.answer("*", StreamUpstream.json(200, ANSWER));
      try (var node = started(postgres, upstream)) {
        var browser = OnDatabase.signedIn(node);
        OnDatabase.importKeys(browser, 7, "sk-or-v1-abcdefgh%06d");
        whileClientsSend(
            request(node, token(browser)),
            () -> {
              awaitAnswers("200", SOME);
              postgres.stopImmediately();
              awaitAnswers("503 retry-after", SOME);
              postgres.start();
              awaitAnswers("200", answers.get("200") + SOME);
            });
        node.terminate();
        node.awaitEnd(SOON);
      }
      assertThat(answers.keySet()).isEqualTo(Set.of("200", "503 retry-after"));
      Map<String, Integer> attempts = attempts(postgres);
      attempts.remove("not_sent");
      assertThat(attempts.keySet()).as("no call without an outcome").isEqualTo(Set.of("ok"));
      assertThat(attempts.get("ok")).isEqualTo(upstream.calls().size());
      assertThat(number(postgres, OUT_OF_TURN)).as("keys skipped or assigned twice").isZero();
      assertThat(number(postgres, "select sum(assignments) from rotation_order"))
          .isEqualTo(number(postgres, "select count(*) from gateway_attempts"));
    }
  }

  private void whileClientsSend(HttpRequest request, Runnable outage) {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        callers.execute(() -> sendRepeatedly(request));
      }
      try {
        outage.run();
      } finally {
        over.set(true);
      }
    }
  }

  private void awaitAnswers(String kind, int count) {
    Await.until(
        () -> count + " times " + kind + ": " + answers,
        SOON,
        () -> answers.getOrDefault(kind, 0) >= count);
  }

  private void sendRepeatedly(HttpRequest request) {
    while (!over.get()) {
      answers.merge(kind(request), 1, Integer::sum);
    }
  }

  private String kind(HttpRequest request) {
    try {
      HttpResponse<Void> answer = client.send(request, BodyHandlers.discarding());
      boolean again = answer.headers().firstValue("retry-after").isPresent();
      return answer.statusCode() + (again ? " retry-after" : "");
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  private static long number(OwnPostgres postgres, String query) throws SQLException {
    try (var connection = postgres.connect(DATABASE);
        var rows = connection.createStatement().executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Number of attempts by state. Each has its outcome, because the node has stopped. */
  private static Map<String, Integer> attempts(OwnPostgres postgres) throws SQLException {
    var states = new TreeMap<String, Integer>();
    try (var connection = postgres.connect(DATABASE);
        var rows =
            connection
                .createStatement()
                .executeQuery("select state, count(*) from gateway_attempts group by state")) {
      while (rows.next()) {
        states.put(rows.getString(1), rows.getInt(2));
      }
    }
    return states;
  }

  private StartedKeywheel started(OwnPostgres postgres, StreamUpstream upstream) {
    String url = OwnPostgres.url(postgres.port(), DATABASE);
    return OnDatabase.start(folder.resolve("node"), url, upstream.base(), List.of());
  }

  private static String token(HttpBrowser browser) {
    return browser
        .post("/gateway/tokens", "name", "outage")
        .page()
        .select("#your-token")
        .attr("value");
  }

  private static HttpRequest request(StartedKeywheel node, String token) {
    return HttpRequest.newBuilder(node.address().resolve("/v1/chat/completions"))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        .timeout(SOON)
        .POST(BodyPublishers.ofString("{\"model\":\"maker/model\",\"messages\":[]}"))
        .build();
  }
}
