package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.ScriptedUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is stopped or killed while it works: nothing acknowledged is lost. */
@Tag("full")
@Timeout(300)
class InFlightIT {
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";

  @TempDir private Path data;

  @Tag("slow")
  @Test
  void a_termination_does_not_wait_for_answers_that_never_arrive() throws Exception {
    var never = new CountDownLatch(1);
    try (var upstream = new ScriptedUpstream();
        var keywheel = started(upstream)) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls(suffix(i), ScriptedUpstream.ok().after(never)));
      var browser = signedIn(keywheel);
      importKeys(browser, 9);
      startRun(browser);
      Await.until("a call is in flight", SOON, () -> !upstream.received().isEmpty());
      keywheel.terminate();
      keywheel.awaitEnd(STOP);
      Await.until("the database is stopped", STOP, () -> keywheel.database().isEmpty());
    } finally {
      never.countDown();
    }
  }

  @Test
  void after_a_kill_during_a_call_the_keys_exist_and_the_run_continues() throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = new ScriptedUpstream();
        var killed = started(upstream)) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls(suffix(i), ScriptedUpstream.ok().after(held)));
      var browser = signedIn(killed);
      importKeys(browser, 9);
      List<String> names = keyNames(browser);
      assertThat(names).hasSize(9);
      String run = startRun(browser);
      Await.until("a call is in flight", SOON, () -> !upstream.received().isEmpty());
      killed.kill();
      int before = upstream.received().size();
      held.countDown();
      try (var again = started(upstream)) {
        again.awaitLine("Resuming "); // without waiting for the lease of the killed process
        var back = browser.at(again.address());
        assertThat(keyNames(back)).isEqualTo(names);
        back.post(firstKey(back) + "/tests");
        Await.until(
            "the provider receives the key check", SOON, () -> !upstream.checked().isEmpty());
        Await.until(
            () -> "the run goes on: " + upstream.received() + "\n" + back.get(run).text(),
            Duration.ofMinutes(2),
            () -> upstream.received().size() > before);
        assertThat(back.get(run).text())
            .contains("The run was interrupted while this call was in flight");
      }
    }
  }

  private static String firstKey(HttpBrowser browser) {
    return browser.get("/keys").page().select("a[href^=/keys/]").eachAttr("href").stream()
        .filter(path -> path.matches("/keys/[0-9a-f-]{36}"))
        .findFirst()
        .orElseThrow();
  }

  private StartedKeywheel started(ScriptedUpstream upstream) {
    return new StartedKeywheel(
            StartedKeywheel.withPrograms(data),
            Map.of(
                "KEYWHEEL_OPENROUTER_URL",
                upstream.base().toString(),
                "KEYWHEEL_ADMIN_EMAIL",
                EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD",
                PASSWORD))
        .awaitReady();
  }

  private static HttpBrowser signedIn(StartedKeywheel keywheel) {
    var browser = new HttpBrowser(keywheel.address());
    assertThat(browser.post("/login", "email", EMAIL, "password", PASSWORD).location())
        .isEqualTo("/");
    return browser;
  }

  private static String suffix(int i) {
    return "k" + i;
  }

  private static void importKeys(HttpBrowser browser, int count) {
    String lines =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> "key" + i + "@example.org sk-or-v1-abcdefgh" + i + "-" + suffix(i))
            .collect(Collectors.joining("\n"));
    String preview =
        browser.post("/keys/imports", "provider", "openrouter", "keys", lines).location();
    browser.post(preview + "/confirmation").location();
  }

  private static List<String> keyNames(HttpBrowser browser) {
    return browser.get("/keys").page().select("[aria-label^=Select key]").eachAttr("aria-label");
  }

  private static String startRun(HttpBrowser browser) {
    return browser
        .post("/articles", "topic", "How to save for a bicycle", "provider", "openrouter")
        .location();
  }
}
