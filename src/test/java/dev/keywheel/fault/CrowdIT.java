package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.ScriptedUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A full queue, a restart, and many requests at once. */
@Tag("slow")
@Timeout(300)
class CrowdIT {
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final int QUEUED = 50;
  private static final int SUBMISSIONS = 40;

  @TempDir private Path data;

  @Test
  void a_full_queue_and_many_concurrent_submissions_after_a_restart_cause_no_error()
      throws Exception {
    var never = new CountDownLatch(1);
    try (var upstream = new ScriptedUpstream();
        var killed = started(upstream)) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls("k" + i, ScriptedUpstream.ok().after(never)));
      var browser = new HttpBrowser(killed.address());
      browser.post("/login", "email", EMAIL, "password", PASSWORD);
      importKeys(browser);
      for (int i = 0; i < QUEUED; i++) {
        generate(browser);
      }
      killed.kill();
      try (var again = started(upstream)) {
        var back = browser.at(again.address());
        assertThat(statuses(SUBMISSIONS, () -> generate(back))).allMatch(status -> status < 500);
        assertThat(median(20, () -> back.get("/runs").status()))
            .as("pages while the queue is processed")
            .isLessThan(Duration.ofSeconds(1));
        assertThat(statuses(SUBMISSIONS, () -> back.get("/articles").status())).containsOnly(200);
        Await.until(
            "runs make calls", Duration.ofSeconds(60), () -> upstream.received().size() > 3);
        assertThat(again.output()).doesNotContain("Connection is not available", "lock timeout");
      }
    } finally {
      never.countDown();
    }
  }

  private static List<Integer> statuses(int count, Callable<Integer> request) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var statuses = new ArrayList<Integer>();
      for (Future<Integer> answer :
          threads.invokeAll(IntStream.range(0, count).mapToObj(i -> request).toList())) {
        statuses.add(answer.get());
      }
      return statuses;
    }
  }

  private static Duration median(int times, Callable<Integer> request) throws Exception {
    var took = new ArrayList<Duration>();
    for (int i = 0; i < times; i++) {
      long began = System.nanoTime();
      assertThat(request.call()).isEqualTo(200);
      took.add(Duration.ofNanos(System.nanoTime() - began));
    }
    return took.stream().sorted().toList().get(times / 2);
  }

  private static int generate(HttpBrowser browser) {
    return browser
        .post("/articles", "topic", "How to save for a bicycle", "provider", "openrouter")
        .status();
  }

  private static void importKeys(HttpBrowser browser) {
    String lines =
        IntStream.rangeClosed(1, 9)
            .mapToObj(i -> "key" + i + "@example.org sk-or-v1-abcdefgh" + i + "-k" + i)
            .collect(Collectors.joining("\n"));
    String preview =
        browser.post("/keys/imports", "provider", "openrouter", "keys", lines).location();
    browser.post(preview + "/confirmation");
  }

  private StartedKeywheel started(ScriptedUpstream upstream) {
    return new StartedKeywheel(
            data,
            Map.of(
                "KEYWHEEL_OPENROUTER_URL", upstream.base().toString(),
                "KEYWHEEL_ADMIN_EMAIL", EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD", PASSWORD))
        .awaitReady();
  }
}
