package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.config.Config.KekSource;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that are pasted into a form that stores, shows or publishes its texts. */
class KeysInOtherFormsTest {
  private static final String KEY = "sk-or-v1-" + "fedcba9876543210".repeat(3) + "fedcba9876544444";

  private static final Map<String, String> VALID =
      Map.ofEntries(
          Map.entry("POST /articles topic", "Bread"),
          Map.entry("POST /articles provider", "sandbox"),
          Map.entry("POST /gateway/aliases name", "fast"),
          Map.entry("POST /gateway/aliases targets", "sandbox/openai/gpt-4o"),
          Map.entry("POST /gateway/tokens name", "night"),
          Map.entry("POST /gateway/tokens operation", "chat"),
          Map.entry("POST /settings/people role", "viewer"));

  private static TestDatabase database;
  private static RunningApp app;
  private static HttpBrowser admin;

  @BeforeAll
  static void start() {
    database = TestDatabase.create();
    app = RunningApp.on(database, new KekSource.Value(TestPool.KEK));
    admin = app.administrator();
    admin.post("/keys/samples");
  }

  @AfterAll
  static void stop() {
    app.close();
    database.close();
  }

  /** What would store one is found by the search of the database that follows each test. */
  @ParameterizedTest
  @CsvSource({
    "/articles, topic, About KEY",
    "/articles, audience, KEY",
    "/articles, tone, KEY",
    "/articles, keywords, 'bread, KEY'",
    "/articles, notes, KEY",
    "/articles, language, KEY",
    "/articles, model_writer, KEY",
    "/gateway/aliases, name, KEY",
    "/gateway/aliases, targets, 'sandbox/openai/gpt-4o {\"user\": \"KEY\"}'",
    "/gateway/tokens, name, KEY",
    "/gateway/tokens, notes, KEY",
    "/gateway/tokens, tags, KEY",
    "/settings/people, email, KEY@example.org",
    "/settings/publishing, site, https://example.org/KEY/",
    "/settings/publishing, author, KEY",
    "/settings/publishing, publisher, KEY",
    "/settings/workspaces, name, sk-or-v1-fedcba98765432104444",
  })
  void a_key_is_refused_at_its_field_and_not_repeated(String path, String field, String text) {
    String typed = text.replace("KEY", KEY);
    var form =
        Stream.concat(
                VALID.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("POST " + path + " "))
                    .map(e -> Map.entry(e.getKey().replaceAll(".* ", ""), e.getValue()))
                    .filter(entry -> !entry.getKey().equals(field)),
                Stream.of(Map.entry(field, typed)))
            .toList();

    var answer = admin.post(path, form, admin.token());

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("This looks like a key (…");
    assertThat(answer.body()).doesNotContain("fedcba9876");
  }
}
