package dev.keywheel.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenFormatTest {
  private final String token = TokenFormat.make(new SecureRandom());

  @Test
  void a_token_has_36_characters_of_base_62_after_its_prefix() {
    assertThat(token).matches("kw1_[0-9A-Za-z]{36}");
    assertThat(TokenFormat.hasShape(token)).isTrue();
    assertThat(TokenFormat.checksumMatches(token)).isTrue();
  }

  @Test
  void every_changed_character_breaks_the_checksum() {
    IntStream.range(TokenFormat.PREFIX.length(), token.length())
        .forEach(
            at -> {
              var typo = new StringBuilder(token);
              typo.setCharAt(at, token.charAt(at) == 'x' ? 'y' : 'x');
              assertThat(TokenFormat.checksumMatches(typo.toString()))
                  .as("character %s", at)
                  .isFalse();
            });
  }

  @Test
  void other_texts_do_not_have_the_format_of_a_token() {
    for (String text : new String[] {token + "a", token.substring(1), "kw1_" + "é".repeat(36)}) {
      assertThat(TokenFormat.hasShape(text)).as(text).isFalse();
    }
  }
}
