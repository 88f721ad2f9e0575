package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.RunningApp;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.TestWheel;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From the set-up link to a finished article, using only the browser. */
@Tag("full")
class FirstTurnIT {
  private static final String TOPIC = "How to work out a monthly loan payment";

  @RegisterExtension final Chromium chromium = new Chromium();
  private RunningApp app;
  private Visitor visitor;

  @BeforeEach
  void setUp() {
    app = RunningApp.startWithoutBrowser(SandboxOptions.instant());
    visitor = new Visitor(app, chromium.open(Look.DESKTOP));
    visitor.setUp();
  }

  @AfterEach
  void stop() {
    visitor.leave();
    app.close();
  }

  @Test
  void nine_keys_serve_in_order_and_the_next_run_begins_with_the_eighth() {
    visitor.addKeys("openrouter", Visitor.keys(9));
    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.page).hasTitle(Pattern.compile("^✓ "));
    assertThat(visitor.keysOfOperations()).isEqualTo(named(1, 2, 3, 4, 5, 6, 7, 1));
    assertThat(visitor.operations()).hasCount(8);
    for (int i = 0; i < 8; i++) {
      assertThat(visitor.operations().nth(i)).containsText(TestWheel.OPERATION_NAMES.get(i));
      assertThat(visitor.operations().nth(i)).containsText("Done");
    }
    assertThat(upstreamOperations()).doesNotContain("Key check");
    assertDownloadedLogHasTheExactLines();

    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.keysOfOperations()).isEqualTo(named(8, 9, 1, 2, 3, 4, 5, 8));
  }

  private void assertDownloadedLogHasTheExactLines() {
    var log = visitor.downloadedLog();
    assertThat(log)
        .containsSubsequence(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 9 OpenRouter API keys for user ada@example.org",
            "✅ PERFECT DISTRIBUTION: 9 active >= 7 needed",
            "🎯 Using 7 active keys for 7 operations - each operation uses a different key");
    for (int i = 1; i <= 7; i++) {
      assertThat(log)
          .containsOnlyOnce("🔄 Rotating to key: " + Visitor.name(i) + " (operation " + i + "/7)")
          .containsOnlyOnce(executing(i, i));
    }
    assertThat(log)
        .containsOnlyOnce("🔄 Rotating to key: key1@gmail.com (operation 8, cycles back)")
        .containsOnlyOnce(executing(8, 1));
  }

  @Test
  void with_six_keys_operations_seven_and_eight_reuse_the_first_keys() {
    visitor.addKeys("openrouter", Visitor.keys(6));
    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.keysOfOperations()).isEqualTo(named(1, 2, 3, 4, 5, 6, 1, 2));
    assertThat(visitor.downloadedLog())
        .containsSubsequence(
            "🎯 Need 7 keys for Round-Robin distribution across all operations",
            "🎯 Minimum active keys needed: 5 (will test failed keys only if insufficient)",
            "🔑 Found 6 OpenRouter API keys for user ada@example.org",
            "✅ SUFFICIENT ACTIVE KEYS: 6 active >= 5 minimum needed",
            "🔄 No need to test failed keys - using available active keys with rotation",
            "🎯 Using 6 active keys with rotation for 7 operations");
  }

  @Test
  void with_too_few_active_keys_the_others_are_tested_first_and_the_log_reports_it() {
    var keys =
        Stream.concat(
                Visitor.keys(3).stream(),
                Stream.of(Visitor.key(4, "valid"), Visitor.key(5, "revoked")))
            .toList();
    visitor.addKeys("openrouter", keys);
    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.downloadedLog())
        .contains("✅ SUFFICIENT ACTIVE KEYS: 5 active >= 5 minimum needed");

    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.downloadedLog())
        .containsSubsequence(
            "🔑 Found 5 OpenRouter API keys for user ada@example.org",
            "❌ Only 4 active keys available (< minimum 5 needed)",
            "🔄 Testing rate-limited and failed keys in BATCH PARALLEL to increase active pool...",
            "🧪 BATCH TESTING: 1 keys (0 rate_limited + 1 failed)",
            "⚡ Starting parallel testing of 1 keys...",
            "🔄 BATCH TESTING COMPLETED: 0 recovered, 0 still rate_limited, 1 still failed");
  }

  @Test
  void a_key_refused_during_a_run_is_replaced_and_marked_as_failed_after_its_check() {
    var keys =
        Stream.concat(
                Stream.of(Visitor.key(1, "valid"), Visitor.key(2, "revoked")),
                Stream.of(3, 4, 5, 6, 7, 8).map(i -> Visitor.key(i, "valid")))
            .toList();
    visitor.addKeys("openrouter", keys);
    visitor.generate(TOPIC, "openrouter");
    visitor.awaitRun("Completed");
    assertThat(visitor.keysOfOperations()).isEqualTo(named(1, 8, 3, 4, 5, 6, 7, 1));
    assertThat(visitor.operations().nth(1)).containsText("2 attempts");
    visitor.open("/keys?q=key2");
    assertThat(visitor.page.locator("tbody tr", having("key2@gmail.com"))).containsText("Failed");
  }

  private static Page.LocatorOptions having(String text) {
    return new Page.LocatorOptions().setHasText(text);
  }

  private List<String> upstreamOperations() {
    return app.upstream().requests().calls().stream().map(call -> call.operation()).toList();
  }

  private static String executing(int ordinal, int key) {
    return "🔄 Executing "
        + TestWheel.OPERATION_NAMES.get(ordinal - 1)
        + " with key: "
        + Visitor.name(key)
        + " (Round-Robin #"
        + ordinal
        + ")";
  }

  private static List<String> named(int... numbers) {
    return java.util.Arrays.stream(numbers).mapToObj(Visitor::name).toList();
  }
}
