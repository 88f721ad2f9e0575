package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.article.plan.Length;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunMode;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NewArticleTest {
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
  void a_key_typed_as_a_topic_is_refused_and_not_repeated() {
    var key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var rejected =
        catchThrowableOfType(
            Rejected.class, () -> NewArticle.of("About " + key, "openrouter").request());
    assertThat(rejected.field().orElseThrow()).isEqualTo("topic");
    assertThat(String.valueOf(rejected.getMessage()).contains(key)).isFalse();
  }
}
