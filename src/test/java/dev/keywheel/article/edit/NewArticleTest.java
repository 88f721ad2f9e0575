package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;

class NewArticleTest {
  @Test
  void the_length_of_a_topic_is_counted_in_code_points() {
    var longest = "🚲".repeat(NewArticle.MAX_TOPIC);
    assertThat(NewArticle.of(longest, "openrouter").request().topic()).isEqualTo(longest);
    var rejected =
        catchThrowableOfType(
            Rejected.class, () -> NewArticle.of(longest + "!", "openrouter").request());
    assertThat(rejected.getMessage()).isEqualTo("The topic has 501 characters; 500 are allowed.");
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
