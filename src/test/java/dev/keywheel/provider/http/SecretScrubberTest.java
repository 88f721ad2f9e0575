package dev.keywheel.provider.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.secret.Secret;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that repeats the key in any encoding. */
class SecretScrubberTest {
  private static final String KEY = "sk-or-v1-Ab~9?x/" + "0f1e".repeat(9);

  private static Stream<Named<UnaryOperator<String>>> forms() {
    return Stream.of(
        Named.of("unchanged", key -> key),
        Named.of("upper case", key -> key.toUpperCase(Locale.ROOT)),
        Named.of("JSON escapes", key -> each(key, "\\u%04x")),
        Named.of("JSON escapes in capitals", key -> each(key, "\\u%04X")),
        Named.of("escaped JSON inside JSON", key -> each(key, "\\\\u%04x")),
        Named.of("some letters escaped", key -> key.replace("-", "\\u002d").replace("/", "\\/")),
        Named.of("JavaScript escapes", key -> each(key, "\\x%02x")),
        Named.of("percent encoding", key -> each(key, "%%%02x")),
        Named.of("percent encoding twice", key -> each(key, "%%25%02X")),
        Named.of("HTML character references", key -> each(key, "&#%d;")),
        Named.of("hexadecimal HTML character references", key -> each(key, "&#x%x;")),
        Named.of("hexadecimal", key -> HexFormat.of().formatHex(key.getBytes(UTF_8))),
        Named.of(
            "hexadecimal in capitals",
            key -> HexFormat.of().withUpperCase().formatHex(key.getBytes(UTF_8))),
        Named.of("base64", key -> base64(key)),
        Named.of("base64 after one other character", key -> base64("x" + key + "y")),
        Named.of("base64 after two other characters", key -> base64("xy" + key + "zz")),
        Named.of("a header in base64", key -> base64("Authorization: Bearer " + key + "\r\n")),
        Named.of("base64 in JSON", key -> base64("?" + key).replace("/", "\\/")),
        Named.of("base64 in a URL", key -> base64(key).replace("+", "%2B").replace("/", "%2F")),
        Named.of("spaces between", key -> key.replaceAll("(?!^|$)", " ")),
        Named.of("dots and line breaks between", key -> key.replaceAll("(?!^|$)", ".\n")),
        Named.of("escaped line breaks between", key -> key.replaceAll("(?!^|$)", "\\\\n")),
        Named.of("a list of letters", key -> key.replaceAll("(?!^|$)", "\", \"")),
        Named.of("zero-width spaces between", key -> key.replaceAll("(?!^|$)", "\u200b")),
        Named.of("without its hyphens", key -> key.replace("-", "")),
        Named.of("reversed", SecretScrubberTest::reversed),
        Named.of("reversed with spaces", key -> reversed(key).replaceAll("(?!^|$)", " ")),
        Named.of("reversed in base64", key -> base64(reversed(key))),
        Named.of("its first half", key -> key.substring(0, key.length() / 2)),
        Named.of("its second half", key -> key.substring(key.length() / 2)),
        Named.of("its middle", key -> key.substring(12, key.length() - 6)),
        Named.of("half of it in base64", key -> base64(key.substring(key.length() / 2))),
        Named.of("lines of base64", key -> base64(key).replaceAll("(.{20})", "$1\\\\n")),
        Named.of("base64 twice", key -> base64(base64(key))),
        Named.of("base64 twice with more around", key -> base64("a=" + base64("xy" + key) + "!")),
        Named.of("base64 three times", key -> base64(base64(base64(key)))),
        Named.of("hexadecimal twice", key -> hex(hex(key))),
        Named.of("base64 of hexadecimal", key -> base64(hex(key).toUpperCase(Locale.ROOT))),
        Named.of("hexadecimal of base64", key -> hex(base64("x" + key))),
        Named.of("base64 of percent encoding", key -> base64(each(key, "%%%02x"))),
        Named.of("percent encoding of base64", key -> each(base64(key), "%%%02x")),
        Named.of("HTML character references of hexadecimal", key -> each(hex(key), "&#%d;")),
        Named.of(
            "URL-safe base64",
            key -> Base64.getUrlEncoder().encodeToString(("Bearer " + key).getBytes(UTF_8))));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void no_part_of_the_key_remains_in_the_body_a_header_or_the_evidence(UnaryOperator<String> form) {
    String echo = form.apply(KEY);
    var reply =
        redacted(
            Samples.json(
                500, "{\"error\":{\"message\":\"no " + echo + " here\"}}", "x-request-id", echo));
    String middle = echo.substring(echo.length() / 3, 2 * echo.length() / 3);
    String body = new String(reply.body(), UTF_8);
    assertThat(body.contains(middle)).as(body).isFalse();
    assertThat(body.startsWith("{\"error\":{\"message\":\"no ")).as(body).isTrue();
    assertThat(body.endsWith(" here\"}}")).as(body).isTrue();
    assertThat(reply.header("x-request-id").contains(middle))
        .as(reply.header("x-request-id"))
        .isFalse();
    var evidence = Samples.afterCheck(reply).evidence();
    assertThat(evidence.toString().contains(middle)).as(evidence::toString).isFalse();
  }

  @Test
  void a_text_without_a_secret_stays_unchanged_and_a_hostile_one_is_searched_in_linear_time() {
    var plain = Samples.json(200, "{\"text\":\"a \\n\\u0041 %41 &#65; backslash \\\\\"}");
    assertThat(new String(redacted(plain).body(), UTF_8))
        .isEqualTo(new String(plain.body(), UTF_8));
    var hostile = Samples.json(200, "\\".repeat(1_000_000) + "%25".repeat(300_000));
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> redacted(hostile));
  }

  @ParameterizedTest
  @CsvSource({"İİİ key-7 is refused,İİİ *** is refused", "İİİ KEY-7,İİİ ***", "key-7 İ,*** İ"})
  void a_short_key_is_removed_among_letters_whose_lower_case_is_longer(String text, String left) {
    assertThat(new SecretScrubber("key-7").scrub(text)).isEqualTo(left);
  }

  @Test
  void two_halves_of_a_key_are_removed_from_different_fields() {
    var split =
        "{\"a\":\"%s\",\"note\":\"kept\",\"b\":\"%s\"}"
            .formatted(KEY.substring(0, 24), KEY.substring(24));
    assertThat(new String(redacted(Samples.json(200, split)).body(), UTF_8))
        .isEqualTo("{\"a\":\"***\",\"note\":\"kept\",\"b\":\"***\"}");
  }

  @Test
  void a_masked_key_and_a_large_picture_stay_unchanged() {
    var shown = Samples.json(200, "{\"label\":\"sk-or-v1-Ab~...f1e\",\"name\":\"sk-or-v1-\"}");
    assertThat(new String(redacted(shown).body(), UTF_8))
        .isEqualTo(new String(shown.body(), UTF_8));
    byte[] pixels = new byte[3_000_000];
    new Random(7).nextBytes(pixels);
    Arrays.fill(pixels, 0, 500_000, (byte) 0);
    var picture = Base64.getEncoder().encodeToString(pixels);
    var reply = Samples.json(200, "{\"image\":\"data:image/png;base64," + picture + "\"}");
    assertTimeoutPreemptively(
        Duration.ofSeconds(60), () -> assertThat(redacted(reply).body()).isEqualTo(reply.body()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"organization_id", "creator_user_id", "user_id"})
  void an_account_id_that_equals_the_key_is_ignored(String field) {
    var check = redacted(Samples.json(200, "{\"data\":{\"" + field + "\":\"" + KEY + "\"}}"));
    assertThat(((Accepted) Samples.afterCheck(check)).facts().account()).isNull();
    var error =
        "{\"error\":{\"code\":429,\"message\":\"Slow down\"},\"" + field + "\":\"" + KEY + "\"}";
    var call = redacted(Samples.json(429, error));
    assertThat(((KeyLimited) Samples.afterChat(call)).account()).isNull();
  }

  @Test
  void a_key_written_in_escapes_is_masked_in_the_evidence() {
    String other = each("sk-or-v1-" + "77aa".repeat(16), "\\u%04x");
    var seen = Samples.afterCheck(Samples.json(500, "{\"error\":\"" + other + "\"}")).evidence();
    assertThat(seen.seen().contains("77aa") || seen.seen().contains("\\u0037"))
        .as(seen.seen())
        .isFalse();
  }

  private static Reply redacted(Reply reply) {
    return (Reply) BearerCredential.of(Secret.of(KEY)).orElseThrow().redactor().redact(reply);
  }

  private static String each(String text, String format) {
    return text.chars()
        .mapToObj(letter -> String.format(Locale.ROOT, format, letter))
        .collect(Collectors.joining());
  }

  private static String reversed(String text) {
    return new StringBuilder(text).reverse().toString();
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(UTF_8));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
