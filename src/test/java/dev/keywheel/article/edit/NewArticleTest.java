package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.article.plan.Length;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunMode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewArticleTest {
  private static final UUID ID = new UUID(0, 1);
  private static final Principal ADA =
      new Principal(ID, "ada@example.org", ID, Role.OPERATOR, false);

  @Test
  void the_length_of_a_topic_is_counted_in_code_points() {
    var longest = "🚲".repeat(NewArticle.MAX_TOPIC);
    assertThat(NewArticle.of(longest, "openrouter").request().topic()).isEqualTo(longest);
    var rejected =
        catchThrowableOfType(
            Rejected.class, () -> NewArticle.of(longest + "!", "openrouter").request());
    assertThat(rejected.getMessage())
        .isEqualTo("The topic has 501 characters; up to 500 are allowed.");
  }

  @Test
  void extra_instructions_that_are_too_long_are_named_as_on_the_form() {
    var notes = "x".repeat(NewArticle.MAX_NOTES + 1);
    var form =
        new NewArticle(
            "Bread", "sandbox", "en", "", "", Length.SHORT, "", notes, RunMode.FAST, Map.of());
    assertThat(catchThrowableOfType(Rejected.class, form::request))
        .hasMessage("The extra instructions have 2001 characters; up to 2000 are allowed.");
  }

  @Test
  void a_line_break_in_the_extra_instructions_counts_as_one_character() {
    var lines = "x\r\n".repeat(NewArticle.MAX_NOTES / 2);
    var form =
        new NewArticle(
            "Bread", "sandbox", "en", "", "", Length.SHORT, "", lines, RunMode.FAST, Map.of());
    assertThat(form.request().notes()).hasSize(NewArticle.MAX_NOTES - 1);
  }

  private static NewArticle in(String language) {
    return new NewArticle(
        "Bread", "sandbox", language, "", "", Length.SHORT, "", "", RunMode.FAST, Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "en, en, English, LATIN, ltr",
    "pt-BR, pt-BR, Portuguese (Brazil), LATIN, ltr",
    "PT-br, pt-BR, Portuguese (Brazil), LATIN, ltr",
    "es-419, es-419, Spanish (Latin America), LATIN, ltr",
    "zh-Hant-TW, zh-Hant-TW, 'Chinese (Traditional, Taiwan)', WITHOUT_SPACES, ltr",
    "sr-latn-rs, sr-Latn-RS, 'Serbian (Latin, Serbia)', LATIN, ltr",
    "az-Arab, az-Arab, Azerbaijani (Arabic), OTHER, rtl",
    "ar, ar, Arabic, OTHER, rtl",
    "ca-valencia, ca-valencia, Catalan (valencia), LATIN, ltr"
  })
  void a_language_has_perhaps_a_script_and_a_region(
      String typed, String stored, String name, WritingSystem writingSystem, String direction) {
    var request = in(typed).request();
    assertThat(request.language()).isEqualTo(stored);
    assertThat(request.languageName()).isEqualTo(name);
    assertThat(WritingSystem.of(stored)).isEqualTo(writingSystem);
    assertThat(WritingSystem.direction(stored)).isEqualTo(direction);
  }

  @ParameterizedTest
  @ValueSource(strings = {"klingon!", "e", "english", "en-12", "zh-TW-Hant", "de-", "en-US-x-a"})
  void a_language_that_is_not_a_code_is_refused(String typed) {
    assertThat(catchThrowableOfType(Rejected.class, in(typed)::request))
        .hasMessageContaining(" is not a language code. ");
  }

  private static NewArticle with(String audience, String keywords) {
    return new NewArticle(
        "Bread", "sandbox", "en", audience, "", Length.SHORT, keywords, "", RunMode.FAST, Map.of());
  }

  @Test
  void an_audience_and_keywords_that_are_too_long_are_refused_instead_of_cut() {
    assertThat(with("x".repeat(80), "a, b").request().audience()).isEqualTo("x".repeat(80));
    assertThat(catchThrowableOfType(Rejected.class, with("x".repeat(81), "")::request))
        .hasMessage("The audience has 81 characters; up to 80 are allowed.");
    assertThat(catchThrowableOfType(Rejected.class, with("", "a,b,c,d,e,f,g,h,i,j,k,l,m")::request))
        .hasMessage("At most 12 keywords.");
    assertThat(catchThrowableOfType(Rejected.class, with("", "x".repeat(61))::request))
        .hasMessage("A keyword must have at most 60 characters.");
  }

  @Test
  void a_key_typed_as_a_provider_is_not_shown_in_the_message() {
    var key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var rejected =
        catchThrowableOfType(
            Rejected.class,
            () -> NewArticle.of("Bread", key).runRequest(new Providers(List.of()), ADA, ID));
    assertThat(rejected.field().orElseThrow()).isEqualTo("provider");
    assertThat(String.valueOf(rejected.getMessage()).contains(key)).isFalse();
  }

  @Test
  void a_key_typed_as_a_topic_is_refused_and_not_shown_in_the_message() {
    var key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var rejected =
        catchThrowableOfType(
            Rejected.class, () -> NewArticle.of("About " + key, "openrouter").request());
    assertThat(rejected.field().orElseThrow()).isEqualTo("topic");
    assertThat(String.valueOf(rejected.getMessage()).contains(key)).isFalse();
  }
}
