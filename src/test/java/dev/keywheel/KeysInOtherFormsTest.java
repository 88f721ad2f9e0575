package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
          Map.entry("POST /settings/people role", "viewer"),
          Map.entry("POST /settings/publishing site", ""),
          Map.entry("POST /settings/publishing author", ""),
          Map.entry("POST /settings/publishing publisher", ""));

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser admin = app.administrator();

  @BeforeAll
  static void addKeys() {
    admin.post("/keys/samples");
  }

  /** After each test, a search of the whole database finds a key that was stored nevertheless. */
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
    "/gateway/tokens, defaultModel, KEY",
    "/gateway/tokens, tags, fedcba9876543210fedcba9876543210fedcba98765432104444",
    "/settings/people, email, KEY@example.org",
    "/settings/publishing, site, https://example.org/KEY/",
    "/settings/publishing, author, KEY",
    "/settings/publishing, publisher, KEY",
    "/settings/workspaces, name, sk-or-v1-fedcba9876fedcba4444",
  })
  void a_key_is_refused_at_its_field_and_not_repeated(String path, String field, String text) {
    String typed = text.replace("KEY", KEY);
    var answer = send(path, field, typed);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("This looks like a key (…");
    assertThat(answer.body()).doesNotContain("fedcba9876");
  }

  @ParameterizedTest
  @CsvSource({
    "/settings/people, email, sk-office2@firma.sk",
    "/settings/publishing, site, https://example.org/blog/sk-learn-tutorial-2026/",
    "/settings/publishing, author, sk-redakcia-2026",
    "/settings/workspaces, name, sk-redakcia-2026",
  })
  void a_text_that_only_resembles_a_key_is_accepted(String path, String field, String text) {
    assertThat(send(path, field, text).status()).isLessThan(400);
  }

  @Test
  void a_refused_form_repeats_every_text_but_keys_which_have_an_error_of_their_own() {
    String notes = "deployed from 0123456789abcdef0123456789abcdef01234567";
    var answer = admin.post("/gateway/tokens", "name", "", "notes", notes, "operation", "chat");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("[name=notes]").val()).isEqualTo(notes);

    answer =
        admin.post(
            "/gateway/tokens",
            "name",
            "",
            "models",
            "a",
            "notes",
            "of " + KEY,
            "operation",
            "chat");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-name").text()).contains("Enter a name");
    assertThat(answer.page().select("#e-notes").text()).contains("This looks like a key (…4444)");
    assertThat(answer.page().select("[name=notes]").val()).isEqualTo("of …4444");
    assertThat(answer.page().select("[name=models]").val()).isEqualTo("a");
  }

  @Test
  void a_refused_form_keeps_every_text_except_the_key() {
    String key = KEY.substring("sk-or-v1-".length());
    String audience = "readers of https://example.org/sk-hynix-hbm3e-explained";
    var answer = admin.post("/articles", "topic", key, "audience", audience, "provider", "sandbox");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("[name=topic]").val()).isEqualTo("…4444");
    assertThat(answer.page().select("[name=audience]").val()).isEqualTo(audience);
    assertThat(answer.body()).doesNotContain(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KEY", "sandbox/KEY", "sandbox/openai/gpt-4o {\"user\": \"KEY\"}"})
  void a_key_in_the_changed_targets_of_an_alias_is_not_repeated(String targets) {
    admin.post("/gateway/aliases", "name", "slow", "targets", "sandbox/openai/gpt-4o");
    String form =
        admin.get("/gateway/models").page().select("form:has(textarea.mono)").attr("action");

    var answer = admin.post(form, "targets", targets.replace("KEY", KEY));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select(".field-error").text())
        .contains("This looks like a key (…4444)");
    assertThat(answer.page().select("textarea.mono").val())
        .isEqualTo(targets.replace("KEY", "…4444"));
    assertThat(answer.body()).doesNotContain("fedcba9876");
  }

  private static HttpBrowser.Answer send(String path, String field, String typed) {
    var form =
        Stream.concat(
                VALID.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("POST " + path + " "))
                    .map(e -> Map.entry(e.getKey().replaceAll(".* ", ""), e.getValue()))
                    .filter(entry -> !entry.getKey().equals(field)),
                Stream.of(Map.entry(field, typed)))
            .toList();
    return admin.post(path, form, admin.token());
  }
}
