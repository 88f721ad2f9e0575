package dev.keywheel.recovery.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.key.state.KeyReason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InconclusiveReasonTest {
  /** Both stand in the same column: a word of one may not be read as one of the other. */
  @Test
  void no_word_for_what_says_nothing_of_a_key_is_a_word_for_what_does() {
    List<String> words =
        Arrays.stream(KeyReason.class.getFields()).map(InconclusiveReasonTest::value).toList();
    assertTrue(words.contains(KeyReason.INVALID), words::toString);
    words.forEach(word -> assertEquals(Optional.empty(), InconclusiveReason.sentence(word), word));
  }

  private static String value(java.lang.reflect.Field field) {
    try {
      return String.valueOf(field.get(null));
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
