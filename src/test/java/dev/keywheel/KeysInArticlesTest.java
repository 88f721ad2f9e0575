package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.FormElement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that are pasted into the texts of an article, and articles about keys. */
@Tag("full")
class KeysInArticlesTest {
  private static final String RANDOM = "fedcba9876543210".repeat(3) + "fedcba9876544444";

  private static final String EXAMPLES =
      "Keys begin with sk-or-v1-, as in sk-or-v1-012…cdef, gsk_xxxxxxxxxxxxxxxxxxxxxxxxxxxx,"
          + " xai-YOUR-API-KEY-GOES-HERE or AKIAIOSFODNN7EXAMPLE; see commit"
          + " 0123456789abcdef0123456789abcdef01234567.";

  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());
  private static final HttpBrowser admin = app.administrator();
  private static String article;

  @BeforeAll
  static void generate() {
    admin.post("/keys/samples");
    article = app.generate("bread");
  }

  /**
   * After the last test, a search of the whole database finds a key that was stored nevertheless.
   */
  @ParameterizedTest
  @CsvSource({
    "/parts/section_1/blocks/s1-1, , text",
    "/parts/section_1/blocks/s1-1, , heading",
    "/parts/section_1/blocks/s1-1, /preview, text",
    "/parts/section_1, /versions, source",
    "/parts/plan, /versions, source",
    "/parts/section_1, /regenerations, instruction",
    "/parts/section_1, /regenerations, model",
    "/parts/image, /picture, alt",
    "/details, , title",
    "/details, /preview, summary",
  })
  void a_key_is_refused_and_the_rest_of_the_text_stays_in_the_form(
      String path, String to, String field) {
    var answer = send(path, to, field, "Bread sk-or-v1-" + RANDOM + " rye");

    assertThat(answer.status()).isEqualTo("/preview".equals(to) ? 200 : 422);
    assertThat(answer.text()).contains("This looks like a key (…4444)");
    assertThat(answer.page().select("[name=" + field + "]").val()).contains("Bread …4444 rye");
    assertThat(answer.body()).doesNotContain("fedcba9876");
  }

  @ParameterizedTest
  @CsvSource({
    "/parts/section_2/blocks/s2-1, , text",
    "/parts/faq, /versions, source",
    "/parts/image, /picture, alt",
    "/details, , summary",
  })
  void an_example_of_a_key_is_accepted(String path, String to, String field) {
    var text = field.equals("alt") ? EXAMPLES.substring(0, 130) : EXAMPLES;
    assertThat(send(path, to, field, text).status()).isEqualTo(303);
    assertThat(admin.get(article + path).page().select("[name=" + field + "]").val())
        .contains(text);
  }

  @ParameterizedTest
  @CsvSource({"/parts/section_1, /versions, source", "/parts/plan, /versions, source"})
  void an_invisible_character_hides_no_key(String path, String to, String field) {
    var text = "Bread sk-or-v1-\u200B" + RANDOM + " rye";
    var answer = send(path, to, field, text);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("[name=" + field + "]").val()).contains("Bread …4444 rye");

    answer = admin.post("/articles", "topic", text, "provider", "sandbox");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("[name=topic]").val()).isEqualTo("Bread …4444 rye");
  }

  @Test
  void a_key_in_a_field_of_the_address_is_removed_and_the_field_named() {
    var form = "/articles/new?provider=sandbox";
    var answer = admin.get(form + "&topic=Bread+sk-test-0123456789abcd4444");
    assertThat(answer.status()).isEqualTo(303);
    assertThat(answer.location()).isEqualTo(form);
    assertThat(admin.get(form).text()).contains("The topic contained a key (…4444)");

    answer = admin.get("/keys?tag=sk-test-0123456789abcd4444");
    assertThat(admin.get(answer.location()).text()).contains("A field contained a key (…4444)");
  }

  @Test
  void a_stored_alternative_text_is_repeated_when_the_picture_is_refused() {
    var stored = "Bread gsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k";
    app.database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        "update parts set body = jsonb_set(body, '{alt}', to_jsonb(?::text))"
                            + " where part = 'image'",
                        stored));
    var page = "/parts/image";
    assertThat(admin.get(article + page).page().select("[name=alt]").val()).isEqualTo(stored);
    var answer = send(page, "/picture", "alt", stored);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-file").text()).contains("Nothing was changed");
    assertThat(answer.page().select("[name=alt]").val()).isEqualTo(stored);
    assertThat(answer.page().select("#e-alt")).isEmpty();
  }

  @Test
  void a_key_alone_is_refused_as_a_topic_whatever_its_provider() {
    var answer = admin.post("/articles", "topic", RANDOM, "provider", "sandbox");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("[name=topic]").val()).isEqualTo("…4444");
  }

  /**
   * Sends a form of an article page with one changed value.
   *
   * @param to the form's address, relative to the page except for {@code /picture}; null for the
   *     page itself
   */
  private static HttpBrowser.Answer send(
      String page, @Nullable String to, String field, String text) {
    var action = to == null ? page : to.equals("/picture") ? to : page + to;
    var shown = admin.get(article + page).page();
    var typed = field.equals("source") ? source(shown, text) : text;
    var form = (FormElement) shown.selectFirst("form:has([name=" + field + "])");
    List<Map.Entry<String, String>> fields =
        form.formData().stream()
            .filter(value -> !List.of("csrf", "file").contains(value.key()))
            .map(value -> Map.entry(value.key(), value.key().equals(field) ? typed : value.value()))
            .toList();
    return admin.post(article + action, fields, admin.token());
  }

  /** The text of a part with a different first line, or of a plan with a different summary. */
  private static String source(Document shown, String text) {
    var source = shown.select("[name=source]").val();
    return source.startsWith("{")
        ? source.replaceFirst("\"summary\" : \"", "$0" + text + " ")
        : source.replaceFirst("@@\n", "$0" + text + "\n");
  }
}
