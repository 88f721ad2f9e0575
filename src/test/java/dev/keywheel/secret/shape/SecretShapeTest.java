package dev.keywheel.secret.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
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
  void a_text_that_looks_like_a_key_of_any_provider_is_found(String text) {
    assertThat(SecretShape.POSSIBLE.isIn(text.replace("HEX", HEX))).isTrue();
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
  void names_accounts_hashes_and_masked_keys_are_not_taken_for_keys(String text) {
    assertThat(SecretShape.POSSIBLE.isIn(text)).isFalse();
  }

  @Test
  void each_key_is_masked_to_its_last_four_characters_and_the_rest_is_unchanged() {
    String text = "a sk-or-v1-" + HEX + ", \"sk-or-v1-abcd\u00e9ef\"; kw1_HEX, " + HEX;
    String clear = text.replace("kw1_HEX", "kw1_" + "aB3".repeat(12));
    assertThat(SecretShape.POSSIBLE.masked(clear))
        .isEqualTo("a …cdef, \"…d\u00e9ef\"; …3aB3, …cdef");
    assertThat(SecretShape.PREFIXED.masked(clear))
        .isEqualTo("a …cdef, \"…d\u00e9ef\"; …3aB3, " + HEX);
    assertThat(SecretShape.POSSIBLE.find(clear))
        .extracting(SecretShape.Found::known)
        .containsExactly(true, true, true, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123456789abcdef0123456789abcdef01234567/sk-or-v1-HEX",
        "tool/HEX.HEX:gsk_HEX",
        "sk-or-v1-012…cdef/sk-or-v1-HEX",
      })
  void a_key_with_a_prefix_is_found_directly_after_a_hash_and_after_a_masked_key(String text) {
    var clear = text.replace("HEX", HEX);
    assertThat(SecretShape.PREFIXED.find(clear))
        .singleElement()
        .returns(clear.length(), SecretShape.Found::end)
        .returns(true, SecretShape.Found::known);
    assertThat(SecretShape.POSSIBLE.masked(clear)).doesNotContain(HEX).endsWith("…cdef");
  }

  @Test
  void masking_certain_keys_leaves_the_rest_of_the_text_unchanged() {
    assertThat(
            SecretShape.CERTAIN.masked(
                "**sk-or-v1-" + HEX + "**. Not sk-learn-1-5, $1 or " + HEX + "; kw1_" + HEX))
        .isEqualTo("**…cdef**. Not sk-learn-1-5, $1 or " + HEX + "; …cdef");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-hynix-hbm3e-explained",
        "best-sk-hynix-memory-2026",
        "sk-ii-facial-treatment-essence-review",
        "sk-learn-1-5-pipelines",
        "xai-explainable-artificial-intelligence",
        "xai-grok-4-vs-gpt-5-comparison",
        "how-xai-works-explainable-ai-methods",
        "csk-vs-mi-ipl-2026-highlights",
        "https://example.com/blog/sk-learn-tutorial-2026",
        "https://xai-research-institute.org/",
        "https://sk-elektro24.sk/",
        "https://sk-elektrotechnika24.sk/",
        "https://example.com/sk-learn-1-5?ref=0123456789abcdef0123456789abcdef",
        "sk-office2@firma.sk",
        "sk-redakcia-2026",
        "fw_north_team_2026_europe",
        "deployed from 0123456789abcdef0123456789abcdef01234567",
        "of HEX",
        "sk-or-v1-",
        "sk-or-v1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-or-v1-0123456789",
        "sk-proj-YOUR-API-KEY-GOES-HERE",
        "sk-ant-api03-abc...xyz",
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAXXXXXXXXXXXXXXXX",
        "AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "https://docs.google.com/document/d/1aBcD2eFgH3iJkL4mNoP5qRsT6uVwX7yZ8aBcD9eFgH0/edit",
        "sk-or-v1-012…cdef",
      })
  void a_slug_an_address_a_name_and_a_hash_are_not_certainly_keys(String text) {
    SecretShape.CERTAIN.refuse("slug", text.replace("HEX", HEX));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-or-v1-HEX",
        "xsk-or-v1-HEX",
        "about sk-or-v1-HEX, and more",
        "https://example.com/sk-learn-1-5?key=sk-or-v1-HEX",
        "sk-hynix-2026-sk-or-v1-HEX",
        "sk-or-demo-0a1b2c3d4e5f6a7b8c9d",
        "sk-ant-api03-R4nd_Om9xKq2LmZ7vBtY8wPc3Hd-5fGj6kLq1WeRtYu",
        "sk-proj-R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6kLq1WeRtYu",
        "sk-R4ndOm9xKq2LmZ7vBtY8T3BlbkFJwPc3Hd5fGj6kLq1WeRtYu",
        "sk-0123456789abcdef0123456789abcdef",
        "AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
        "gsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k",
        "hf_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k",
        "xai-R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k",
        "csk-r4nd0m9xkq2lmz7vbty8wpc3hd5fgj6k",
        "kw1_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k",
        "github_pat_11ABCDEFG0123456789abc_R4ndOm9xKq2LmZ7vBtY8",
        "AKIAR4ND7M9XKQ2LMZ7V",
        "ASIARQNDOMXKQFLMZYVB",
        "AIzaSyDk-fGj_kLqWeRtYuBv-NmQzXcPoLiKjHg",
        "sk-or-v1-\u200BHEX",
        "sk-or-v1-0123456789abcdef0123\u00ADHEX",
        "sk-\u2060or-v1-HEX",
        "gsk_R4ndOm9xKq2L\u0000mZ7vBtY8wPc3Hd5fGj6k",
        "key\u200Bgsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k",
        "\uFEFF HEX\u200B",
        "eyJhbGciOiJIUzI1NiJ9eyJz.eyJzdWIiOiIxMjM0NTY3ODkwIn0a1b2c3.dozjgNryP4J3jVmNHl0w5N",
        " HEX ",
      })
  void a_known_prefix_and_random_characters_are_certainly_a_key(String text) {
    var key = text.replace("HEX", HEX);
    assertThatThrownBy(() -> SecretShape.CERTAIN.refuse("slug", key))
        .isInstanceOf(SecretShape.Refused.class);
    assertThat(SecretShape.CERTAIN.isIn(SecretShape.POSSIBLE.masked(key))).isFalse();
    assertThat(SecretShape.CERTAIN.isIn(SecretShape.CERTAIN.masked(key))).isFalse();
  }

  @Test
  void invisible_characters_are_removed_only_from_keys() {
    String family = "\uD83D\uDC69\u200D\uD83D\uDC67";
    assertThat(SecretShape.CERTAIN.masked(family + " sk-or-v1-\u200B" + HEX + " " + family))
        .isEqualTo(family + " …cdef " + family);
    assertThat(SecretShape.CERTAIN.masked("co\u00ADoperate")).isEqualTo("co\u00ADoperate");
    assertThatThrownBy(() -> SecretShape.POSSIBLE.refuse("name", "gsk_\u200B" + HEX))
        .isInstanceOfSatisfying(
            SecretShape.Refused.class,
            refused -> assertThat(refused.shown("gsk_\u200B" + HEX)).isEqualTo("…cdef"));
  }

  @Test
  void a_key_after_a_letter_and_an_invisible_character_is_masked_beside_another_key() {
    String text = "x\u200Bgsk_" + HEX + " and sk-or-v1-\u200B" + HEX;
    assertThat(SecretShape.CERTAIN.masked(text)).isEqualTo("x\u200B…cdef and …cdef");
    assertThat(SecretShape.POSSIBLE.masked(text)).isEqualTo("x\u200B…cdef and …cdef");
  }

  @Test
  void a_long_text_of_any_kind_is_searched_in_linear_time() {
    for (String piece :
        new String[] {
          "x",
          "0",
          "a1",
          "sk-",
          "sk-a",
          "eyJ",
          "eyJ-",
          "a-",
          " sk-or-v1-abc",
          "\u200B",
          "a\u200B",
          HEX + "/",
          "sk-or-v1-0…/"
        }) {
      assertTimeout(
          Duration.ofSeconds(20), () -> SecretShape.POSSIBLE.isIn(piece.repeat(100_000)), piece);
      assertTimeout(
          Duration.ofSeconds(20), () -> SecretShape.CERTAIN.isIn(piece.repeat(100_000)), piece);
    }
  }
}
