package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.sandbox.server.RequestLog;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.time.Delayer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of a run, with the embedded and with an external database. */
@Tag("full")
@Timeout(300)
class StopIT {
  /**
   * Detects a stop that hangs. No test checks that a stop ends as soon as its answers have arrived:
   * on a busy machine this takes as long as the ten seconds for which the stop waits for them.
   */
  private static final Duration STOP = Duration.ofSeconds(60);

  private static final Duration SOON = Duration.ofSeconds(60);

  /** If a node did not stop properly, another node takes over its work only after 45 s. */
  private static final Duration BEFORE_LEASE_ENDS = Duration.ofSeconds(30);

  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);
  private static final int OPERATIONS = 8;

  @TempDir private Path data;

  private final Semaphore answers = new Semaphore(0);
  private final Delayer held =
      duration -> {
        if (duration.isPositive()) {
          answers.acquire();
        }
      };

  @Test
  void a_stop_stores_the_answers_in_flight_with_the_embedded_database() throws Exception {
    assertAnswersInFlightAreStored(Map.of());
  }

  @Tag("slow")
  @Test
  void a_stop_stores_the_answers_in_flight_with_an_external_database() throws Exception {
    try (var database = TestDatabase.create()) {
      assertAnswersInFlightAreStored(
          Map.of("DATABASE_URL", database.address().jdbcUrl(), "KEYWHEEL_KEK", KEK));
    }
  }

  private void assertAnswersInFlightAreStored(Map<String, String> environment) throws Exception {
    try (var upstream = upstream();
        var stopped = started(upstream, environment)) {
      var browser = signedIn(stopped);
      importKeys(browser, 9);
      String run = startRun(browser);
      Await.until("the plan is requested", SOON, () -> calls(upstream).size() == 1);
      answers.release();
      Await.until("further calls are sent", SOON, () -> calls(upstream).size() > 2);
      stopped.terminate();
      stopped.awaitLine("Stopping: finishing ");
      int out = callsToFinish(stopped.output());
      Await.until("all calls arrive", SOON, () -> calls(upstream).size() == 1 + out);
      Await.until(
          "the log of the run reports the stop",
          SOON,
          () -> browser.get(run).text().contains("Stopping: finishing"));
      answers.release(out);
      assertThat(stopped.awaitEnd(STOP)).isEqualTo(143);
      assertThat(calls(upstream)).hasSize(1 + out).allMatch(call -> call.status() == 200);
      answers.release(100);
      try (var again = started(upstream, environment)) {
        var back = browser.at(again.address());
        long start = System.nanoTime();
        Await.until("the run continues", SOON, () -> calls(upstream).size() > 1 + out);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(BEFORE_LEASE_ENDS);
        Await.until("the run is completed", SOON, () -> back.get(run).text().contains("Completed"));
        assertThat(calls(upstream)).hasSize(OPERATIONS);
      }
    }
  }

  @Test
  void a_second_termination_ends_the_process_at_once() throws Exception {
    try (var upstream = upstream();
        var stopped = started(upstream, Map.of())) {
      var browser = signedIn(stopped);
      importKeys(browser, 9);
      startRun(browser);
      Await.until("the plan is requested", SOON, () -> calls(upstream).size() == 1);
      stopped.terminate();
      stopped.awaitLine("Stopping: finishing 1 call");
      stopped.terminate();
      assertThat(stopped.awaitEnd(Duration.ofSeconds(5))).isEqualTo(143);
    } finally {
      answers.release(100);
    }
  }

  /**
   * A provider whose answers wait until they are released; account endpoints answer immediately.
   */
  private Sandbox upstream() {
    return Sandbox.start(SandboxOptions.demo().withFreePerMinute(1_000).withPause(held));
  }

  private static List<RequestLog.Call> calls(Sandbox upstream) {
    return upstream.requests().calls().stream()
        .filter(call -> call.method().equals("POST"))
        .toList();
  }

  private static int callsToFinish(String output) {
    var matcher = Pattern.compile("Stopping: finishing (\\d+) call").matcher(output);
    assertThat(matcher.find()).as(output).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private StartedKeywheel started(Sandbox upstream, Map<String, String> more) {
    var environment = new HashMap<>(more);
    environment.put("KEYWHEEL_OPENROUTER_URL", upstream.baseUrl().toString());
    environment.put("KEYWHEEL_ADMIN_EMAIL", EMAIL);
    environment.put("KEYWHEEL_ADMIN_PASSWORD", PASSWORD);
    var folder = more.containsKey("DATABASE_URL") ? data : StartedKeywheel.withPrograms(data);
    return new StartedKeywheel(folder, environment).awaitReady();
  }

  private static HttpBrowser signedIn(StartedKeywheel keywheel) {
    var browser = new HttpBrowser(keywheel.address());
    assertThat(browser.post("/login", "email", EMAIL, "password", PASSWORD).location())
        .isEqualTo("/");
    return browser;
  }

  private static void importKeys(HttpBrowser browser, int count) {
    String lines =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> "sk-or-demo-valid-" + i)
            .collect(Collectors.joining("\n"));
    String preview =
        browser.post("/keys/imports", "provider", "openrouter", "keys", lines).location();
    browser.post(preview + "/confirmation");
  }

  private static String startRun(HttpBrowser browser) {
    return browser
        .post("/articles", "topic", "How to save for a bicycle", "provider", "openrouter")
        .location();
  }
}
