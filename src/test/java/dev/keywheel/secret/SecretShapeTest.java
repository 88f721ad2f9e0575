package dev.keywheel.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretShapeTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-or-v1-HEX",
        "sk-or-v1-abc",
        "sk-test-1",
        "my sk-or-v1-HEX key",
        "xsk-or-v1-HEX",
        "KEY_sk-or-v1-HEX",
        "sk-or-v1-HEX…",
        "sk-or-v1-HEX...",
        "(sk-ant-api03-abcdefghijkl)",
        "sk-proj-abcdefghijklmnop",
        "sk-abcdefghijklmnopqrstuvwx",
        "AIzaSyA1234567890abcdefg",
        "gsk_abcdefghijklmnopqrst",
        "hf_abcdefghijklmnopqrst",
        "xai-abcdefghijklmnopqrst",
        "github_pat_abcdefghijklmnopqrst",
        "AKIAIOSFODNN7EXAMPLE",
        "HEX",
        "team=HEX",
      })
  void what_looks_like_a_key_of_any_provider_is_found(String text) {
    assertThat(SecretShape.isIn(text.replace("HEX", HEX))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ada.lovelace42@example.com",
        "OPENROUTER_API_KEY_FOR_THE_PRODUCTION_CLUSTER_1",
        "sk-or-v1-",
        "sk-or-v1-012…cdef",
        "sk-or-v1-012…cdef (2)",
        "sk-or-v1-012...cdef",
        "sk-alice",
        "risk-2024-report-of-all-the-desks",
        "0193f6b2-7c1e-7d5a-9b5e-0123456789ab",
        "user_2abcDEF0123456789abcdef0123",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef@relay.example.com",
        "https://example.com/a/very/long/address/of/some/organisation/1",
      })
  void a_name_an_account_and_a_masked_key_are_no_keys(String text) {
    assertThat(SecretShape.find(text)).isEmpty();
  }

  @Test
  void each_key_is_found_with_its_end_and_shown_by_its_last_four() {
    String text = "a sk-or-v1-" + HEX + ", \"sk-or-v1-abcd\u00e9ef\"; " + HEX;
    assertThat(SecretShape.find(text))
        .extracting(SecretShape.Found::clear)
        .containsExactly("sk-or-v1-" + HEX, "sk-or-v1-abcd\u00e9ef", HEX);
    assertThat(SecretShape.find(text).toString())
        .isEqualTo("[…cdef, …\u00e9ef, …cdef]".replace("…\u00e9ef", "…d\u00e9ef"));
    assertThat(SecretShape.find(text))
        .extracting(SecretShape.Found::known)
        .containsExactly(true, true, false);
  }

  @Test
  void a_hidden_text_has_the_ends_of_keys_and_is_the_same_otherwise() {
    assertThat(SecretShape.hidden("a sk-or-v1-" + HEX + ", kw1_" + "aB3".repeat(12) + " " + HEX))
        .isEqualTo("a …cdef, …3aB3 " + HEX);
  }

  @Test
  void a_long_text_of_any_kind_is_searched_in_linear_time() {
    for (String piece :
        new String[] {"x", "0", "a1", "sk-", "sk-a", "eyJ", "eyJ-", "a-", " sk-or-v1-abc"}) {
      assertTimeout(Duration.ofSeconds(20), () -> SecretShape.isIn(piece.repeat(100_000)), piece);
    }
  }
}
