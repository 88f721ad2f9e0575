package dev.keywheel.provider.classify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.SecretScrubber;
import dev.keywheel.provider.limit.ResetTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An upstream's error, whatever its shape: {@code error} as object, string or array, {@code code}
 * as number or word, validation reports, bare messages, plain text.
 *
 * @param status the HTTP status; inside an HTTP 200 the error's own code, 0 when it has none
 * @param type the canonical type of the error, which each API puts in a different place; may be
 *     empty
 * @param textCode the first of the error's code, type, status and name that is not a number, in
 *     lower case; may be empty
 * @param provider the upstream provider whose answer contains the error; empty for an error that is
 *     not part of an answer
 * @param raw the message of the upstream provider, as text
 * @param headers headers of the answer; they have precedence over headers quoted in the error
 * @param date when the answer was created, by the upstream's clock; empty when the headers have no
 *     date, or may be older than the error
 */
record UpstreamError(
    int status,
    String type,
    String textCode,
    String message,
    JsonNode error,
    String provider,
    String raw,
    Map<String, String> headers,
    String date,
    String account) {

  static UpstreamError of(JsonNode root, int httpStatus, Map<String, String> headers) {
    JsonNode top = LenientJson.first(root);
    JsonNode error = LenientJson.first(top.path("error"));
    return of(top, error.isMissingNode() || error.isNull() ? top : error, httpStatus, headers);
  }

  /**
   * @param top the whole answer
   * @param error the error in it
   */
  static UpstreamError of(
      JsonNode top, JsonNode error, int httpStatus, Map<String, String> headers) {
    return new UpstreamError(
        status(error, httpStatus),
        type(top, error),
        textCode(error),
        message(error),
        error,
        httpStatus < 400 ? LenientJson.text(top, "provider") : "",
        raw(error.path("metadata").path("raw")),
        headers,
        date(httpStatus, headers),
        account(LenientJson.text(top, "user_id")));
  }

  /** The account's id; empty if the id contained the key. */
  private static String account(String id) {
    return id.contains(SecretScrubber.MARK) ? "" : id;
  }

  static UpstreamError ofText(String text, int httpStatus, Map<String, String> headers) {
    String date = date(httpStatus, headers);
    return new UpstreamError(
        httpStatus, "", "", text, LenientJson.missing(), "", "", headers, date, "");
  }

  /**
   * Empty for a success, because its headers may have been sent long before the error in its body.
   */
  private static String date(int httpStatus, Map<String, String> headers) {
    return httpStatus >= 400 ? ResetTime.date(headers) : "";
  }

  /** Whether a body with a success status contains an error. */
  static boolean isIn(JsonNode root) {
    JsonNode top = LenientJson.first(root);
    JsonNode error = top.path("error");
    boolean withError =
        error.isContainerNode() || (error.isTextual() && !LenientJson.text(error).isBlank());
    return withError
        || (top.has("success") && !LenientJson.flag(top, "success"))
        || LenientJson.text(top, "object").equals("error");
  }

  private static int status(JsonNode error, int httpStatus) {
    if (httpStatus >= 400) {
      return httpStatus;
    }
    return LenientJson.integer(error, "code")
        .or(() -> LenientJson.integer(error, "status"))
        .or(() -> LenientJson.integer(error, "http_status"))
        .filter(code -> code >= 300 && code < 600)
        .orElse(0);
  }

  /**
   * The Chat Completions API has the type in the metadata, the Messages API in the error, the
   * Responses API beside the error.
   */
  private static String type(JsonNode top, JsonNode error) {
    return Stream.of(error.path("metadata"), error, top)
        .map(place -> LenientJson.text(place, "error_type"))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String textCode(JsonNode error) {
    return Stream.of("code", "type", "status", "name")
        .map(field -> LenientJson.text(error, field))
        .filter(text -> !text.isEmpty() && !Character.isDigit(text.charAt(0)))
        .findFirst()
        .orElse("")
        .toLowerCase(Locale.ROOT);
  }

  private static String message(JsonNode error) {
    if (error.isTextual()) {
      return LenientJson.text(error);
    }
    return Stream.of("message", "detail", "error", "name")
        .map(field -> LenientJson.text(error, field))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String raw(JsonNode raw) {
    return raw.isContainerNode() ? raw.toString() : LenientJson.text(raw);
  }

  /** The status, or that of the error's type if it has none; 0 for neither. */
  int impliedStatus() {
    return Stream.of(
            status,
            ErrorTypes.status(type),
            ErrorTypes.status(textCode),
            ErrorTypes.status(error)) // its type, if its code is unknown
        .filter(code -> code > 0)
        .findFirst()
        .orElse(0);
  }

  String metadata(String field) {
    return LenientJson.text(error, "metadata", field);
  }

  boolean hasMetadata(String field) {
    JsonNode value = LenientJson.at(error, "metadata", field);
    return !value.isMissingNode() && !value.isNull();
  }

  String availability() {
    return LenientJson.text(error, "availability", "code");
  }

  /**
   * Whether the upstream called its provider with the account owner's own key for that provider
   * (BYOK).
   */
  boolean usesOwnProviderKey() {
    return LenientJson.flag(error.path("metadata"), "is_byok");
  }

  /** Whether the error comes from an upstream provider, not from the upstream itself. */
  boolean fromUpstreamProvider() {
    return usesOwnProviderKey()
        || !metadata("provider_name").isEmpty()
        || hasMetadata("provider_code")
        || !raw.isEmpty()
        || message.strip().equalsIgnoreCase("Provider returned error")
        || quotesProvider();
  }

  /** Whether the message names the upstream provider and then quotes its message. */
  boolean quotesProvider() {
    return message.startsWith("Upstream error from ");
  }

  /** Whether the error is in an answer that an upstream provider began. */
  boolean insideAnswer() {
    return !provider.isEmpty();
  }

  boolean asksToWait() {
    return !header("retry-after").isEmpty();
  }

  Optional<Duration> retryAfter(Instant now) {
    Optional<Duration> millis =
        Optional.of(header("retry-after-ms"))
            .filter(text -> !text.isEmpty())
            .flatMap(text -> ResetTime.wait(text + "ms", now, date));
    return millis.or(
        () ->
            Stream.of(
                    header("retry-after"),
                    metadata("retry_after_seconds"),
                    metadata("retry_after"),
                    LenientJson.text(error, "availability", "retry_after"),
                    retryInfo())
                .flatMap(text -> ResetTime.wait(text, now, date).stream())
                .findFirst());
  }

  /** The time at which the limit ends, if the upstream names one. */
  Optional<Instant> resetsAt(Instant now) {
    return Stream.of(
            metadata("resets_at"),
            header("x-ratelimit-reset"),
            header("x-ratelimit-reset-requests"))
        .flatMap(text -> ResetTime.moment(text, now, date).stream())
        .findFirst();
  }

  /** A header of the answer, otherwise a header quoted in the error. */
  private String header(String name) {
    String sent = headers.getOrDefault(name, "");
    if (!sent.isEmpty()) {
      return sent;
    }
    return LenientJson.at(error, "metadata", "headers").properties().stream()
        .filter(quoted -> quoted.getKey().equalsIgnoreCase(name))
        .map(quoted -> LenientJson.text(quoted.getValue()))
        .findFirst()
        .orElse("");
  }

  /** The wait in Google's format: {@code details[].retryDelay}. */
  private String retryInfo() {
    return Stream.iterate(0, i -> i < error.path("details").size(), i -> i + 1)
        .map(i -> LenientJson.text(error.path("details").path(i), "retryDelay"))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }
}
