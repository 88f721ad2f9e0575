package dev.keywheel.article.edit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;

class NewArticleTest {
  @Test
  void five_hundred_characters_are_as_many_whatever_they_take_in_memory() {
    var longest = "🚲".repeat(NewArticle.MAX_TOPIC);
    assertEquals(longest, NewArticle.of(longest, "openrouter").wishes().topic());
    var rejected =
        assertThrows(Rejected.class, () -> NewArticle.of(longest + "!", "openrouter").wishes());
    assertEquals("The topic has 501 characters; 500 are allowed.", rejected.getMessage());
  }

  @Test
  void a_key_typed_as_a_topic_is_refused_and_not_repeated() {
    var key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var rejected =
        assertThrows(Rejected.class, () -> NewArticle.of("About " + key, "openrouter").wishes());
    assertEquals("topic", rejected.field().orElseThrow());
    assertFalse(String.valueOf(rejected.getMessage()).contains(key));
  }
}
