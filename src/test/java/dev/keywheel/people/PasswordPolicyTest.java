package dev.keywheel.people;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which new passwords are accepted. */
class PasswordPolicyTest {
  private final PasswordPolicy policy = new PasswordPolicy();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eight ducks on a pond",
        "  spaces around count  ",
        "пароль которого никто не знает",
        "correct horse is not in the list",
        "\uD83E\uDD86\uD83E\uDD86 on a pond!!",
      })
  void a_long_password_that_is_not_common_is_accepted(String password) {
    assertThat(policy.weakness(password, "ada@example.org")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password1234",
        "Password1234!",
        "P@ssw0rd1234",
        "administrator1",
        "keywheel2026!",
        "123456789012",
        "abcdefghijklm",
        "qwertyuiopas",
        "210987654321",
        "adminadminadmin",
        "letmeinletmein",
        "changemechangeme",
        "ada@example.org",
        "openrouter2026",
        "qwerty123456!",
        "iloveyou12345",
      })
  void a_password_that_attackers_try_first_is_refused(String password) {
    assertThat(policy.weakness(password, "ada@example.org"))
        .hasValueSatisfying(sentence -> assertThat(sentence).contains("attackers"));
  }

  @Test
  void only_the_letters_of_an_address_are_compared_with_a_password() {
    assertThat(policy.weakness("84759 20175 !#38", "2024@example.org")).isEmpty();
    assertThat(policy.weakness("84759q20175 !#38", "q12345@example.org")).isEmpty();
    assertThat(policy.weakness("grace-2093-84-11", "grace.84@example.org"))
        .contains("The password is your email address with a few characters added.");
  }

  @Test
  void a_long_repetition_is_refused() {
    String longest = "password1".repeat(14);
    assertThat(policy.weakness(longest, "ada@example.org")).isPresent();
  }

  @Test
  void the_length_is_counted_in_characters_and_each_refusal_states_its_reason() {
    assertThat(policy.weakness("eleven char", "a@b"))
        .contains("The password needs at least 12 characters; it has 11.");
    assertThat(policy.weakness("\uD83E\uDD86".repeat(6), "a@b").orElseThrow())
        .contains("it has 6.");
    assertThat(policy.weakness("ab cd ef ".repeat(15), "a@b").orElseThrow())
        .contains("longer than 128");
    assertThat(policy.weakness("abcabcabcabcabc", "a@b").orElseThrow())
        .contains("too few different characters");
    assertThat(policy.weakness("grace.hopper1906", "gracehopper@example.org").orElseThrow())
        .contains("your email address");
  }
}
