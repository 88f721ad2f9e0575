package dev.keywheel.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stops and kills while work is under way: nothing that was acknowledged is lost. */
@Timeout(300)
class InFlightIT {
  private static final Duration STOP = Duration.ofSeconds(25);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";

  @TempDir private Path data;

  @Test
  void imported_keys_survive_a_kill_and_can_still_be_opened() throws Exception {
    try (var upstream = new ScriptedUpstream();
        var killed = started(upstream)) {
      var browser = signedIn(killed);
      importKeys(browser, 12);
      List<String> names = keyNames(browser);
      assertEquals(12, names.size());
      killed.kill();
      try (var again = started(upstream)) {
        var back = browser.at(again.address());
        assertEquals(names, keyNames(back));
        String first =
            back.get("/keys").page().select("a[href^=/keys/]").eachAttr("href").stream()
                .filter(path -> path.matches("/keys/[0-9a-f-]{36}"))
                .findFirst()
                .orElseThrow();
        back.post(first + "/tests");
        Await.until("the provider is asked for the key", SOON, () -> !upstream.checked().isEmpty());
      }
    }
  }

  @Test
  void a_termination_does_not_wait_for_answers_that_do_not_come() throws Exception {
    var never = new CountDownLatch(1);
    try (var upstream = new ScriptedUpstream();
        var keywheel = started(upstream)) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls(ordinal(i), ScriptedUpstream.ok().after(never)));
      var browser = signedIn(keywheel);
      importKeys(browser, 9);
      startRun(browser);
      Await.until("a call is under way", SOON, () -> !upstream.received().isEmpty());
      keywheel.terminate();
      keywheel.awaitEnd(STOP);
      Await.until("the database is stopped", STOP, () -> keywheel.database().isEmpty());
    } finally {
      never.countDown();
    }
  }

  @Test
  void a_run_that_was_killed_in_the_middle_of_a_call_goes_on_with_the_next_start()
      throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = new ScriptedUpstream();
        var killed = started(upstream)) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls(ordinal(i), ScriptedUpstream.ok().after(held)));
      var browser = signedIn(killed);
      importKeys(browser, 9);
      String run = startRun(browser);
      Await.until("a call is under way", SOON, () -> !upstream.received().isEmpty());
      killed.kill();
      int before = upstream.received().size();
      held.countDown();
      try (var again = started(upstream)) {
        again.awaitLine("Resuming "); // without waiting for the lease of the killed process
        var back = browser.at(again.address());
        Await.until(
            () -> "the run goes on: " + upstream.received() + "\n" + back.get(run).text(),
            Duration.ofSeconds(120),
            () -> upstream.received().size() > before);
        Element state = back.get(run).page().selectFirst("[aria-label='Run state']");
        assertTrue(state != null, () -> back.get(run).text());
      }
    }
  }

  private StartedKeywheel started(ScriptedUpstream upstream) {
    return new StartedKeywheel(
            data,
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
    assertEquals("/", browser.post("/login", "email", EMAIL, "password", PASSWORD).location());
    return browser;
  }

  private static String ordinal(int i) {
    return "k" + i;
  }

  private static void importKeys(HttpBrowser browser, int count) {
    String lines =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> "key" + i + "@example.org sk-or-v1-abcdefgh" + i + "-" + ordinal(i))
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
