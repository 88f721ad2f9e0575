package dev.keywheel.people.factor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TotpTest {
  private static final String SECRET =
      Base32.encode("12345678901234567890".getBytes(StandardCharsets.US_ASCII));
  private static final Instant NOW = Instant.parse("2026-11-28T01:00:15Z");

  /** The table of RFC 6238, appendix B, with the last six of its eight digits. */
  @ParameterizedTest
  @CsvSource({
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130"
  })
  void the_codes_match_those_of_the_standard(long second, String code) {
    assertThat(TestFactors.code(SECRET, Instant.ofEpochSecond(second))).isEqualTo(code);
  }

  @Test
  void one_step_before_and_after_is_accepted_and_no_more() {
    long now = Totp.step(NOW);
    for (long step = now - 3; step <= now + 3; step++) {
      boolean accepted = Totp.match(SECRET, Totp.code(SECRET, step), 0, NOW).isPresent();
      assertThat(accepted).as("step " + (step - now)).isEqualTo(Math.abs(step - now) <= 1);
    }
  }

  @Test
  void a_step_that_was_used_and_older_ones_are_refused() {
    long now = Totp.step(NOW);
    assertThat(Totp.match(SECRET, Totp.code(SECRET, now), now - 1, NOW)).hasValue(now);
    assertThat(Totp.match(SECRET, Totp.code(SECRET, now), now, NOW)).isEmpty();
    assertThat(Totp.match(SECRET, Totp.code(SECRET, now - 1), now, NOW)).isEmpty();
    assertThat(Totp.match(SECRET, Totp.code(SECRET, now + 1), now, NOW)).hasValue(now + 1);
  }

  @Test
  void a_malformed_code_is_refused() {
    for (String typed : new String[] {"", "00000", "0000000", "abcdef", "٠١٢٣٤٥"}) {
      assertThat(Totp.match(SECRET, typed, 0, NOW)).as(typed).isEmpty();
    }
  }

  @Test
  void a_new_secret_has_160_bits_in_base32_and_is_read_back() {
    var secret = Totp.secret(new SecureRandom());
    assertThat(secret).matches("[A-Z2-7]{32}");
    assertThat(Base32.encode(Base32.decode(secret))).isEqualTo(secret);
    assertThat(Base32.encode("foobar".getBytes(StandardCharsets.US_ASCII))).isEqualTo("MZXW6YTBOI");
  }
}
