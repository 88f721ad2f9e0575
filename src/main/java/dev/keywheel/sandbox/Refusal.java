package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

/** The bodies and headers with which OpenRouter refuses a call, in its own words. */
final class Refusal {

  private static final String ERROR_PAGE =
      "<!DOCTYPE html><html><head><title>openrouter.ai | %1$s</title></head>"
          + "<body><h1>%1$s</h1><p>cloudflare</p></body></html>";

  private Refusal() {}

  static Reply.Whole userNotFound(String fault) {
    return Reply.json(401, body(401, "User not found."), Map.of(), fault);
  }

  static Reply.Whole noCredentials() {
    return Reply.json(401, body(401, "No cookie auth credentials found"), Map.of(), "no key");
  }

  static Reply.Whole byok(KeyText key) {
    var body = body(401, "Provider returned error");
    metadata(body)
        .put(
            "raw",
            "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
                + "\"message\":\"invalid x-api-key\"}}")
        .put("provider_name", "Anthropic");
    return Reply.json(401, body, Map.of(), key.behaviour());
  }

  static Reply.Whole freeDaily(KeyText key, int limit, Instant now) {
    var headers = limitHeaders(limit, nextDay(now));
    var body =
        owned(
            key,
            body(
                429,
                "Rate limit exceeded: free-models-per-day. "
                    + "Add 10 credits to unlock 1000 free model requests per day"));
    metadata(body)
        .put("limit_source", "openrouter_free_tier_daily")
        .set("headers", Json.MAPPER.valueToTree(headers));
    return Reply.json(429, body, headers, key.behaviour());
  }

  static Reply.Whole freeMinute(KeyText key, int limit, Instant now) {
    var headers = limitHeaders(limit, nextMinute(now));
    var body = owned(key, body(429, "Rate limit exceeded: free-models-per-min. "));
    metadata(body)
        .put("limit_source", "openrouter_free_tier_minute")
        .set("headers", Json.MAPPER.valueToTree(headers));
    return Reply.json(429, body, headers, key.behaviour());
  }

  static Reply.Whole rateLimited(KeyText key, Duration rest) {
    var seconds = Math.max(1, (rest.toMillis() + 999) / 1000);
    return Reply.json(
        429,
        owned(key, body(429, "Rate limit exceeded")),
        Map.of("Retry-After", "" + seconds),
        key.behaviour());
  }

  static Reply.Whole bare429(KeyText key) {
    return Reply.json(429, body(429, "Rate limit exceeded"), Map.of(), key.behaviour());
  }

  static Reply.Whole upstreamLimited(KeyText key, String model) {
    var body = owned(key, body(429, "Provider returned error"));
    var metadata =
        metadata(body)
            .put(
                "raw",
                model
                    + " is temporarily rate-limited upstream. Please retry shortly, or add your own key to "
                    + "accumulate your rate limits: https://openrouter.ai/settings/integrations")
            .put("provider_name", Catalogue.providerOf(model))
            .put("is_byok", false)
            .put("provider_error_code", "rate_limit_exceeded")
            .put("limit_source", "upstream_provider_shared_pool")
            .put("retry_after_seconds", 1);
    metadata.putObject("headers").put("Retry-After", "1");
    return Reply.json(429, body, Map.of("Retry-After", "1"), key.behaviour());
  }

  static Reply.Whole outOfCredit(KeyText key) {
    var body =
        owned(
            key,
            body(
                402,
                "Insufficient credits. Add more using https://openrouter.ai/settings/credits"));
    metadata(body).put("limit_source", "openrouter_credits");
    return Reply.json(402, body, Map.of(), key.behaviour());
  }

  static Reply.Whole canOnlyAfford(KeyText key, int asked, int affordable) {
    var body =
        owned(
            key,
            body(
                402,
                "This request requires more credits, or fewer max_tokens. You requested up to "
                    + asked
                    + " tokens, but can only afford "
                    + affordable
                    + ". To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account"));
    metadata(body).putNull("provider_name");
    return Reply.json(402, body, Map.of(), key.behaviour());
  }

  static Reply.Whole inFlight(KeyText key) {
    var body =
        owned(
            key,
            body(
                402,
                "This request would exceed your available credits given your current in-flight "
                    + "requests. Retry after in-flight requests settle, or add credits."));
    metadata(body)
        .put("reason", "in_flight_budget_exhausted")
        .put("limit_source", "openrouter_in_flight_budget");
    return Reply.json(402, body, Map.of("Retry-After", "5"), key.behaviour());
  }

  static Reply.Whole keyLimit(KeyText key) {
    return Reply.json(
        403,
        body(
            403,
            "Key limit exceeded (daily limit). Manage it using https://openrouter.ai/settings/keys"),
        Map.of(),
        key.behaviour());
  }

  static Reply.Whole workspaceBudget(KeyText key, Instant now) {
    var body = body(403, "Workspace monthly budget of $500.00 exceeded. Contact your org admin.");
    metadata(body)
        .put("limit_source", "openrouter_workspace_budget")
        .put("resets_at", nextMonth(now).toString());
    return Reply.json(403, body, Map.of(), key.behaviour());
  }

  static Reply.Whole moderation(KeyText key, String model) {
    var body =
        body(
            403,
            model
                + " requires moderation on "
                + Catalogue.providerOf(model)
                + ". Your input was flagged for \"violence/graphic\". No credits were charged.");
    var metadata = metadata(body);
    metadata.putArray("reasons").add("violence/graphic");
    metadata
        .put("flagged_input", "Operation: …")
        .put("provider_name", Catalogue.providerOf(model))
        .put("model_slug", model);
    return Reply.json(403, body, Map.of(), key.behaviour());
  }

  static Reply.Whole agenticOnly(KeyText key, String model) {
    return Reply.json(
        403,
        body(
            403,
            model
                + " is only available on agentic harnesses. Try plugging it into a coding agent or "
                + "productivity app listed on https://openrouter.ai/apps"),
        Map.of(),
        key.behaviour());
  }

  static Reply.Whole forbidden(KeyText key) {
    return Reply.json(403, body(403, "Forbidden"), Map.of(), key.behaviour());
  }

  static Reply.Whole managementOnly() {
    return Reply.json(
        403, body(403, "Only management keys can perform this operation"), Map.of(), "");
  }

  static Reply.Whole noEndpoints(String model, String fault) {
    return Reply.json(404, body(404, "No endpoints found for " + model + "."), Map.of(), fault);
  }

  static Reply.Whole badRequest(String message) {
    return Reply.json(400, body(400, message), Map.of(), "bad request");
  }

  static Reply.Whole providerError(KeyText key, int status, String message) {
    return Reply.json(status, body(status, message), Map.of(), key.behaviour());
  }

  static Reply.Whole errorPage(KeyText key, String title, int status) {
    return Reply.html(status, ERROR_PAGE.formatted(title), key.behaviour());
  }

  /** {@code {"error":{"code","message"}}}, to be completed. */
  static ObjectNode body(int code, String message) {
    var body = Json.object();
    body.putObject("error").put("code", code).put("message", message);
    return body;
  }

  static ObjectNode metadata(ObjectNode body) {
    return ((ObjectNode) body.get("error")).putObject("metadata");
  }

  private static ObjectNode owned(KeyText key, ObjectNode body) {
    return body.put("user_id", Accounts.userId(key.account()));
  }

  private static Map<String, String> limitHeaders(int limit, Instant reset) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("X-RateLimit-Limit", "" + limit);
    headers.put("X-RateLimit-Remaining", "0");
    headers.put("X-RateLimit-Reset", "" + reset.toEpochMilli());
    return headers;
  }

  private static Instant nextMinute(Instant now) {
    return Instant.ofEpochSecond((now.getEpochSecond() / 60 + 1) * 60);
  }

  private static Instant nextDay(Instant now) {
    return now.atOffset(ZoneOffset.UTC).plusDays(1).with(LocalTime.MIDNIGHT).toInstant();
  }

  private static Instant nextMonth(Instant now) {
    return now.atOffset(ZoneOffset.UTC)
        .plusMonths(1)
        .withDayOfMonth(1)
        .with(LocalTime.MIDNIGHT)
        .toInstant();
  }
}
