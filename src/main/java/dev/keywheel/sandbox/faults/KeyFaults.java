package dev.keywheel.sandbox.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.db.BoundedText;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.TokenCount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Applies the behaviour of a key to a completion. The behaviours are listed in {@link SandboxKey}.
 */
public final class KeyFaults {

  private final Accounts accounts;

  public KeyFaults(Accounts accounts) {
    this.accounts = accounts;
  }

  /** The error that a key gets instead of an answer, if its behaviour is an error. */
  public Optional<SandboxResponse> refusal(SandboxKey key, ChatCall call, Instant now) {
    var free = OfferedModels.isFree(call.model());
    var name =
        switch (key.behaviour()) {
          case "byok",
              "exhausted",
              "keycap",
              "budget",
              "bare403",
              "moderation",
              "bare429",
              "html502",
              "cdn429",
              "timeout504" ->
              key.behaviour();
          case "revoked", "doubt", "management", "expired" -> "revoked";
          case "recover" -> recovered(key, now) ? "" : "revoked";
          case "freetier" -> free ? "" : "exhausted";
          case "afford" -> call.maxTokens() > key.amount() ? "afford" : "";
          case "inflight" -> accounts.with(key, now, memory -> memory.open) > 1 ? "inflight" : "";
          case "agentic", "noendpoint", "upstream" ->
              isFirstModel(key, call, now) ? key.behaviour() : "";
          case "daily" -> free ? "daily" : "";
          case "quota" -> free && count(key, now) > key.amount() ? "daily" : "";
          case "minute" -> free ? "minute" : "";
          case "flaky" -> flaky(key, now) ? "flaky" : "";
          default -> "";
        };
    return switch (key.behaviour()) {
      case "ratelimited" -> rateLimited(key, now);
      case "hang" -> Optional.of(new SandboxResponse.Silence(key.behaviour()));
      default -> name.isEmpty() ? Optional.empty() : Optional.of(error(name, key, call, now));
    };
  }

  private SandboxResponse error(String name, SandboxKey key, ChatCall call, Instant now) {
    if (name.equals("daily")) {
      return exhaustDailyLimit(key, now);
    }
    var affordable = name.equals("afford") ? key.amount() : 0;
    var values =
        Map.of(
            "asked",
            Math.min(call.maxTokens(), 65_536),
            "affordable",
            affordable,
            "limit",
            Accounts.FREE_PER_MINUTE);
    return ErrorResponses.of(name, key, call.model(), now, values);
  }

  /** Uses up the account's free calls of the day, and returns the error for that. */
  public SandboxResponse exhaustDailyLimit(SandboxKey key, Instant now) {
    accounts.useUpDailyLimit(key, now);
    var limit = Map.of("limit", accounts.freeLimit(key, now));
    return ErrorResponses.of("daily", key, "", now, limit);
  }

  /** The answer with status 200 that has no usable text or is cut off, if the key causes one. */
  public Optional<SandboxResponse> envelope(SandboxKey key, ChatCall call, Instant now) {
    return Optional.ofNullable(
        switch (key.behaviour()) {
          case "error200" -> errorIn200(key, call, now);
          case "choiceerror" -> withChoice(key, call, now, "error", "The first half of a sen");
          case "nochoices" -> noChoices(key, call, now);
          case "empty" -> withChoice(key, call, now, "stop", "");
          case "filter" -> withChoice(key, call, now, "content_filter", "");
          case "reasoning" ->
              moreTokensThanFirst(key, call, now) ? null : reasonedOnly(key, call, now);
          case "reset" -> broken(key, call, now);
          case "cutjson" -> cutJson(key, call, now);
          default -> null;
        });
  }

  /** The text, cut off for a key with {@code truncate} unless the caller asks again. */
  public String cut(SandboxKey key, ChatCall call, String text) {
    if (!key.behaviour().equals("truncate") || call.cutAnswer().isPresent() || call.reasked()) {
      return text;
    }
    var end = text.length() * Math.min(99, key.amount()) / 100;
    return BoundedText.start(text, end);
  }

  /** Additional response time of a slow key. */
  public static Duration extraDelay(SandboxKey key) {
    return key.behaviour().equals("slow") ? Duration.ofSeconds(key.amount()) : Duration.ZERO;
  }

  /** The error of a {@code ratelimited} key; empty when its time has passed. */
  public Optional<SandboxResponse> rateLimited(SandboxKey key, Instant now) {
    var rest = Duration.between(now, accounts.memory(key, now).firstSeen.plusSeconds(key.amount()));
    var seconds = Math.max(1, (rest.toMillis() + 999) / 1000);
    return rest.isPositive()
        ? Optional.of(ErrorResponses.of("ratelimited", key, "", now, Map.of("seconds", seconds)))
        : Optional.empty();
  }

  /** Whether a {@code recover} key has been checked often enough to work again. */
  boolean recovered(SandboxKey key, Instant now) {
    return accounts.with(key, now, memory -> memory.checks >= key.amount());
  }

  private int count(SandboxKey key, Instant now) {
    return accounts.with(key, now, memory -> memory.completions);
  }

  private boolean flaky(SandboxKey key, Instant now) {
    return Hash.of(key.text(), count(key, now)).below(100) < key.amount();
  }

  private boolean isFirstModel(SandboxKey key, ChatCall call, Instant now) {
    return accounts.with(
        key,
        now,
        memory -> {
          var first = memory.firstModel == null ? call.model() : memory.firstModel;
          memory.firstModel = first;
          return first.equals(call.model());
        });
  }

  private boolean moreTokensThanFirst(SandboxKey key, ChatCall call, Instant now) {
    return accounts.with(
        key,
        now,
        memory ->
            call.maxTokens()
                > memory.firstTokens.computeIfAbsent(call.fingerprint(), f -> call.maxTokens()));
  }

  private static SandboxResponse errorIn200(SandboxKey key, ChatCall call, Instant now) {
    var error = ErrorResponses.of("error200", key, call.model(), now, Map.of());
    var event = "data: " + new String(error.body(), UTF_8) + "\n\n";
    return call.stream()
        ? new SandboxResponse.Events(
            Map.of(),
            List.of(": OPENROUTER PROCESSING\n\n", event),
            SandboxResponse.End.COMPLETE,
            key.behaviour())
        : error;
  }

  private static SandboxResponse withChoice(
      SandboxKey key, ChatCall call, Instant now, String finish, String text) {
    var envelope = bare(key, call, now, finish, text, 0);
    if (finish.equals("error") && call.stream()) {
      return new SandboxResponse.Events(
          Map.of("X-Generation-Id", envelope.id()),
          envelope.brokenOff(502, "Provider disconnected mid-stream"),
          SandboxResponse.End.COMPLETE,
          key.behaviour());
    }
    var body = envelope.whole();
    if (finish.equals("error")) {
      var choice = (ObjectNode) body.at("/choices/0");
      choice
          .putObject("error")
          .put("code", 502)
          .put("message", "Provider disconnected mid-stream")
          .putObject("metadata")
          .put("error_type", "provider_unavailable");
    }
    return SandboxResponse.json(
        200, body, Map.of("X-Generation-Id", envelope.id()), key.behaviour());
  }

  private static SandboxResponse noChoices(SandboxKey key, ChatCall call, Instant now) {
    var body = bare(key, call, now, "stop", "", 0).whole();
    body.putArray("choices");
    return SandboxResponse.json(200, body, Map.of(), key.behaviour());
  }

  private static SandboxResponse reasonedOnly(SandboxKey key, ChatCall call, Instant now) {
    var tokens = Math.min(call.maxTokens(), 32_768);
    return SandboxResponse.json(
        200, bare(key, call, now, "length", "", tokens).whole(), Map.of(), key.behaviour());
  }

  private static SandboxResponse broken(SandboxKey key, ChatCall call, Instant now) {
    var body =
        SandboxJson.bytes(
            bare(key, call, now, "stop", "An answer that is never read to its end. ".repeat(60), 0)
                .whole());
    return new SandboxResponse.Broken(body, body.length / 2, key.behaviour());
  }

  private static SandboxResponse cutJson(SandboxKey key, ChatCall call, Instant now) {
    var body =
        SandboxJson.text(
            bare(key, call, now, "stop", "An answer whose envelope ends early. ".repeat(20), 0)
                .whole());
    var half = body.substring(0, body.length() / 2).getBytes(UTF_8);
    return new SandboxResponse.Whole(200, "application/json", Map.of(), half, key.behaviour());
  }

  private static CompletionBody bare(
      SandboxKey key, ChatCall call, Instant now, String finish, String text, int reasoning) {
    return new CompletionBody(
        "gen-" + now.getEpochSecond() + "-" + Hash.of(call.fingerprint(), key.text()).hex(20),
        now.getEpochSecond(),
        OfferedModels.find(call.model()).orElse(OfferedModels.defaultModel()),
        text,
        finish,
        call.promptTokens(),
        TokenCount.count(text) + reasoning,
        reasoning);
  }
}
