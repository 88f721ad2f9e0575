package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.secret.shape.SecretShape;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Texts that were stored before texts with keys were refused. */
class StoredKeysTest {
  private static final String KEY = "gsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k";

  @Test
  void a_stored_text_with_a_key_is_kept_but_no_other_key_can_be_added() {
    var stored = new PublicationSettings("https://example.org/" + KEY + "/", KEY, KEY);
    assertThat(PublicationSettings.of(stored.site(), KEY, KEY, stored)).isEqualTo(stored);
    assertThatThrownBy(() -> PublicationSettings.of("", "by " + KEY, "", stored))
        .isInstanceOf(SecretShape.Refused.class);

    assertThat(PlanFields.line("title", KEY, KEY, 1, 100)).isEqualTo(KEY);
    assertThatThrownBy(() -> PlanFields.line("title", "Bread", KEY, 1, 100))
        .isInstanceOf(SecretShape.Refused.class);
  }

  /** A text is searched for keys in the form in which it was typed. */
  @Test
  void a_key_is_found_despite_characters_that_are_removed_from_texts() {
    var hiding =
        IntStream.rangeClosed(0, Character.MAX_VALUE)
            .mapToObj(character -> KEY.replace("m9", "m" + (char) character + "9"))
            .filter(typed -> TextCleaner.text(typed).equals(KEY))
            .filter(typed -> !SecretShape.CERTAIN.isIn(typed));
    assertThat(hiding).isEmpty();
  }
}
