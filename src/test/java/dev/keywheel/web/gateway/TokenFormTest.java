package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.problem.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenFormTest {

  @Test
  void a_token_is_valid_to_the_end_of_its_last_day() {
    assertThat(TokenForm.expiry("2027-01-31")).isEqualTo(Instant.parse("2027-02-01T00:00:00Z"));
    assertThat(TokenForm.expiry("")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"+10000-01-01", "+999999999-12-31", "10000-01-01", "2027-02-30", "tomorrow"})
  void text_that_is_no_date_and_years_of_more_than_four_digits_are_refused(String day) {
    assertThatThrownBy(() -> TokenForm.expiry(day))
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("Enter a date");
  }

  @Test
  void a_network_of_all_addresses_is_refused_with_what_to_do_instead() {
    for (String all : List.of("0.0.0.0/0", "10.0.0.0/8\n::/0")) {
      assertThatThrownBy(() -> TokenForm.networks(all))
          .isInstanceOf(Rejected.class)
          .hasMessageContaining("Leave the field empty");
    }
    assertThatThrownBy(() -> TokenForm.networks("10.0.0.1/8"))
        .hasMessageContaining("The bits after the prefix must be 0.");
  }

  @Test
  void invisible_characters_of_a_tag_or_model_are_removed() {
    assertThat(TokenForm.entries("tags", "tag", "te\u200bam, team\ufeff, \u00a0b, \u200b"))
        .containsExactly("team", "b");
    assertThatThrownBy(() -> TokenForm.entries("tags", "tag", "a\0b"))
        .isInstanceOf(Rejected.class)
        .hasMessage("The tag has a control character.");
  }

  @Test
  void ticking_all_or_no_providers_sets_no_limit() {
    Set<String> both = Set.of("openrouter", "sandbox");
    assertThat(TokenForm.providers(both, both, Set.of())).isEmpty();
    assertThat(TokenForm.providers(Set.of(), both, Set.of("sandbox"))).isEmpty();
    assertThat(TokenForm.providers(both, both, Set.of("sandbox"))).isEmpty();
    assertThat(TokenForm.providers(Set.of("sandbox"), both, Set.of())).containsExactly("sandbox");
  }

  @Test
  void unchanged_ticks_keep_a_limit_to_a_provider_that_is_switched_off() {
    Set<String> offered = Set.of("openrouter");
    assertThat(TokenForm.providers(Set.of(), offered, Set.of("sandbox")))
        .containsExactly("sandbox");
    assertThat(TokenForm.providers(offered, offered, offered)).containsExactly("openrouter");
    assertThat(TokenForm.providers(offered, offered, Set.of("sandbox"))).isEmpty();
  }

  @Test
  void another_tick_leaves_a_provider_that_is_switched_off_in_the_limit() {
    Set<String> offered = Set.of("openrouter", "other");
    assertThat(TokenForm.providers(Set.of("other"), offered, Set.of("openrouter", "sandbox")))
        .containsExactlyInAnyOrder("other", "sandbox");
  }
}
