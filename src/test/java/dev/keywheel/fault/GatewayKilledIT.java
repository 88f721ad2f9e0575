package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that is killed while clients of its gateway wait for the rest of their streams. */
@Tag("full")
@Timeout(300)
class GatewayKilledIT {
  private static final int KEYS = 7;
  private static final int STREAMS = 200;

  /** Lower than the number of requests of a token that may wait for a key. */
  private static final int AT_ONCE = 20;

  private static final int LATER = 20;
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String EVENT =
      "data: {\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
          + "\"message\":{\"content\":\"x\"}}]}";

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void the_open_streams_of_a_killed_node_become_unknown_and_the_rotation_continues()
      throws Exception {
    var over = new CountDownLatch(1);
    try (var database = TestDatabase.create();
        var upstream = new StreamUpstream()) {
      upstream.answer(
          "*",
          call -> {
            call.head(200, "text/event-stream").send(EVENT);
            over.await();
          });
      String token;
      try (var killed = started(database, upstream)) {
        var browser = OnDatabase.signedIn(killed);
        OnDatabase.importKeys(browser, KEYS, "sk-or-v1-abcdefgh%06d");
        token = token(browser);
        for (int open = AT_ONCE; open <= STREAMS; open += AT_ONCE) {
          for (int i = 0; i < AT_ONCE; i++) {
            var _ = client.sendAsync(request(killed, token, true), BodyHandlers.ofInputStream());
          }
          int expected = open;
          Await.until("all streams have begun", SOON, () -> upstream.calls().size() == expected);
        }
        killed.kill();
      }
      assertThat(states(database)).isEqualTo(Map.of("sent", STREAMS));
      ageRows(database);
      upstream.answer("*", StreamUpstream.json(200, ANSWER));
      try (var again = started(database, upstream)) {
        for (int i = 0; i < LATER; i++) {
          var answer = client.send(request(again, token, false), BodyHandlers.ofString());
          assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        Await.until(
            () -> "every attempt has an outcome: " + states(database),
            SOON,
            () -> states(database).equals(Map.of("unknown", STREAMS, "ok", LATER)));
      }
      assertThat(upstream.calls()).hasSize(STREAMS + LATER);
      assertThat(spread(database)).isLessThanOrEqualTo(1);
    } finally {
      over.countDown();
    }
  }

  /** The difference in uses between the key used most and the key used least. */
  private static int spread(TestDatabase database) {
    return database
        .database()
        .read(
            dsl ->
                dsl.fetchSingle(
                        "select max(n) - min(n) from (select count(*)::int n from gateway_attempts"
                            + " group by key_id) k")
                    .get(0, Integer.class));
  }

  /** Makes the rows an hour older, because other nodes wait before they treat a node as dead. */
  private static void ageRows(TestDatabase database) {
    database.asOwner("update gateway_nodes set seen_at = seen_at - interval '1 hour'");
    database.asOwner("update gateway_attempts set opened_at = opened_at - interval '1 hour'");
    database.asOwner("update gateway_requests set started_at = started_at - interval '1 hour'");
  }

  private static Map<String, Integer> states(TestDatabase database) {
    return database
        .database()
        .read(
            dsl ->
                dsl.fetch("select state, count(*)::int from gateway_attempts group by state")
                    .intoMap(row -> row.get(0, String.class), row -> row.get(1, Integer.class)));
  }

  private StartedKeywheel started(TestDatabase database, StreamUpstream upstream) {
    return OnDatabase.start(folder, database.address().jdbcUrl(), upstream.base(), List.of());
  }

  private static String token(HttpBrowser browser) {
    return browser
        .post("/gateway/tokens", "name", "streams")
        .page()
        .select("#your-token")
        .attr("value");
  }

  private static HttpRequest request(StartedKeywheel node, String token, boolean stream) {
    return HttpRequest.newBuilder(node.address().resolve("/v1/chat/completions"))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                "{\"model\":\"maker/model\",\"messages\":[],\"stream\":" + stream + "}"))
        .build();
  }
}
