package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.problem.Rejected;
import java.time.Instant;
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
}
