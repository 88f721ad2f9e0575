package dev.keywheel.article.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.secret.SecretShape;
import org.junit.jupiter.api.Test;

/** Texts that were stored before keys were refused in them. */
class StoredKeysTest {
  private static final String KEY = "gsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k";

  @Test
  void what_is_stored_can_stay_and_nothing_like_it_can_be_added() {
    var stored = new Publishing("https://example.org/" + KEY + "/", KEY, KEY);
    assertThat(Publishing.of(stored.site(), KEY, KEY, stored)).isEqualTo(stored);
    assertThatThrownBy(() -> Publishing.of("", "by " + KEY, "", stored))
        .isInstanceOf(SecretShape.Refused.class);

    assertThat(PlanFields.line("title", KEY, KEY, 1, 100)).isEqualTo(KEY);
    assertThatThrownBy(() -> PlanFields.line("title", "Bread", KEY, 1, 100))
        .isInstanceOf(SecretShape.Refused.class);
  }
}
