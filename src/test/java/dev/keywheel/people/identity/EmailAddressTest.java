package dev.keywheel.people.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
  @Test
  void invisible_characters_around_a_pasted_address_are_removed() {
    assertThat(EmailAddress.normal("\u00a0\u200bAda@Example.org\u00a0\ufeff\n"))
        .isEqualTo("ada@example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ada\u200b@example.org",
        "ada\u00a0l@example.org",
        "\u202eada@example.org\u202ca",
        "ada lovelace@example.org",
        "ada\ud83d@example.org"
      })
  void an_address_with_invisible_characters_is_refused(String address) {
    assertThatThrownBy(() -> EmailAddress.checked(address))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("spaces or invisible characters");
  }

  @Test
  void an_address_in_any_script_is_accepted() {
    assertThat(EmailAddress.checked("παράδειγμα@παράδειγμα.ευ")).contains("@");
    assertThat(EmailAddress.checked("\ud83e\udd86@example.org")).contains("@");
  }
}
