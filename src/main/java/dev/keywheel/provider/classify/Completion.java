package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.http.LenientJson;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A model's answer as it was sent, on the chat route or on the images route.
 *
 * @param text may be blank
 * @param finish the provider's finish reason, for instance {@code stop}; may be empty
 * @param empty what the answer has instead of a text or an image, if it has neither
 * @param choiceError the first choice's own error; missing when it has none
 */
public record Completion(
    String id,
    String model,
    String text,
    String refusal,
    String finish,
    ModelErrorKind empty,
    JsonNode choiceError,
    byte @Nullable [] image,
    Usage usage) {

  /**
   * Maximum US dollars of a call; a larger cost is an error of the provider and counts as unknown.
   */
  private static final BigDecimal MAX_DOLLARS = BigDecimal.valueOf(1_000_000);

  private static final int MAX_TOKENS = 100_000_000;

  private static final Pattern DATA_URL =
      Pattern.compile("data:image/[\\w.+-]{1,40}(?:;[\\w=.+-]{1,60}){0,3};base64,");

  static Completion of(JsonNode root) {
    JsonNode choice = root.path("choices").path(0);
    JsonNode message = choice.path("message");
    return new Completion(
        LenientJson.text(root, "id"),
        LenientJson.text(root, "model"),
        content(message.path("content")),
        LenientJson.text(message, "refusal"),
        LenientJson.text(choice, "finish_reason"),
        empty(message),
        choice.path("error").isNull() ? LenientJson.missing() : choice.path("error"),
        image(root, message),
        usage(root.path("usage")));
  }

  boolean failed() {
    return finish.equals("error") || !choiceError.isMissingNode();
  }

  boolean cut() {
    return finish.equals("length") || finish.equals("max_tokens");
  }

  /** Plain text, or the text parts of a list of parts. */
  private static String content(JsonNode content) {
    return content.isArray()
        ? stream(content).map(part -> LenientJson.text(part, "text")).collect(Collectors.joining())
        : LenientJson.text(content);
  }

  private static ModelErrorKind empty(JsonNode message) {
    if (Stream.of("images", "content")
        .flatMap(parts -> urls(message.path(parts)))
        .anyMatch(url -> url.startsWith("http"))) {
      return ModelErrorKind.ONLY_IMAGE_LINK;
    }
    if (!content(message.path("content")).isBlank()) {
      return ModelErrorKind.EMPTY;
    }
    if (!message.path("tool_calls").isEmpty()) {
      return ModelErrorKind.ONLY_TOOL_CALLS;
    }
    return Stream.of("reasoning", "reasoning_content")
            .allMatch(field -> LenientJson.text(message, field).isBlank())
        ? ModelErrorKind.EMPTY
        : ModelErrorKind.ONLY_REASONING;
  }

  private static byte @Nullable [] image(JsonNode root, JsonNode message) {
    return decoded(LenientJson.text(root.path("data").path(0), "b64_json"))
        .or(() -> fromParts(message.path("images")))
        .or(() -> fromParts(message.path("content")))
        .orElse(null);
  }

  private static Optional<byte[]> fromParts(JsonNode parts) {
    return urls(parts).flatMap(url -> fromDataUrl(url).stream()).findFirst();
  }

  private static Stream<String> urls(JsonNode parts) {
    return stream(parts)
        .map(part -> part.path("image_url"))
        .map(url -> url.isObject() ? LenientJson.text(url, "url") : LenientJson.text(url));
  }

  /** Only embedded images are accepted; a URL is never fetched. */
  private static Optional<byte[]> fromDataUrl(String url) {
    Matcher head = DATA_URL.matcher(url);
    return head.lookingAt() ? decoded(url.substring(head.end())) : Optional.empty();
  }

  private static Optional<byte[]> decoded(String base64) {
    try {
      return Optional.of(Base64.getMimeDecoder().decode(base64)).filter(bytes -> bytes.length > 0);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  public static Usage usage(JsonNode usage) {
    Optional<BigDecimal> cost =
        LenientJson.number(usage, "cost")
            .filter(amount -> amount.signum() >= 0 && amount.compareTo(MAX_DOLLARS) <= 0);
    return new Usage(
        tokens(usage, "prompt_tokens"),
        tokens(usage, "completion_tokens"),
        tokens(usage, "completion_tokens_details", "reasoning_tokens"),
        cost.orElse(BigDecimal.ZERO),
        cost.isPresent());
  }

  public static int tokens(JsonNode usage, String... path) {
    return Math.clamp(LenientJson.integer(usage, path).orElse(0), 0, MAX_TOKENS);
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return array.isArray() ? StreamSupport.stream(array.spliterator(), false) : Stream.empty();
  }
}
