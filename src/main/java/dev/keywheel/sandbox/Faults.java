package dev.keywheel.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a key's behaviour does to a completion. The table is in {@link KeyText}. */
final class Faults {

  private final Accounts accounts;

  Faults(Accounts accounts) {
    this.accounts = accounts;
  }

  /** The answer of a key that is not served, before anything is written. */
  Optional<Reply> refusal(KeyText key, ChatCall call, Instant now) {
    var free = Catalogue.isFree(call.model());
    return Optional.ofNullable(
        switch (key.behaviour()) {
          case "revoked", "doubt", "management", "expired" -> Refusal.userNotFound(key.behaviour());
          case "recover" -> recovered(key, now) ? null : Refusal.userNotFound(key.behaviour());
          case "byok" -> Refusal.byok(key);
          case "freetier" -> free ? null : Refusal.outOfCredit(key);
          case "exhausted" -> Refusal.outOfCredit(key);
          case "afford" ->
              call.maxTokens() > key.amount()
                  ? Refusal.canOnlyAfford(key, Math.min(call.maxTokens(), 65_536), key.amount())
                  : null;
          case "inflight" -> open(key, now) > 1 ? Refusal.inFlight(key) : null;
          case "keycap" -> Refusal.keyLimit(key);
          case "budget" -> Refusal.workspaceBudget(key, now);
          case "bare403" -> Refusal.forbidden(key);
          case "moderation" -> Refusal.moderation(key, call.model());
          case "agentic" ->
              firstModel(key, call, now) ? Refusal.agenticOnly(key, call.model()) : null;
          case "noendpoint" ->
              firstModel(key, call, now)
                  ? Refusal.noEndpoints(call.model(), key.behaviour())
                  : null;
          case "upstream" ->
              firstModel(key, call, now) ? Refusal.upstreamLimited(key, call.model()) : null;
          case "ratelimited" -> rateLimited(key, now).orElse(null);
          case "daily" -> free ? dailySpent(key, now) : null;
          case "quota" -> free && count(key, now) > key.amount() ? dailySpent(key, now) : null;
          case "minute" ->
              free ? Refusal.freeMinute(key, SandboxOptions.OPENROUTER_FREE_PER_MINUTE, now) : null;
          case "bare429" -> Refusal.bare429(key);
          case "flaky" ->
              flaky(key, now) ? Refusal.providerError(key, 502, "Provider returned error") : null;
          case "html502" -> Refusal.errorPage(key, "502: Bad gateway", 502);
          case "cdn429" -> Refusal.errorPage(key, "Error 1015: You are being rate limited", 429);
          case "timeout504" -> Refusal.providerError(key, 504, "Provider did not respond in time");
          case "hang" -> new Reply.Silence(key.behaviour());
          default -> null;
        });
  }

  /** Answers with status 200, or what looks like one, that hold no text. */
  Optional<Reply> envelope(KeyText key, ChatCall call, Instant now) {
    return Optional.ofNullable(
        switch (key.behaviour()) {
          case "error200" -> errorIn200(key, call);
          case "choiceerror" -> withChoice(key, call, now, "error", "The first half of a sen");
          case "nochoices" -> noChoices(key, call, now);
          case "empty" -> withChoice(key, call, now, "stop", "");
          case "filter" -> withChoice(key, call, now, "content_filter", "");
          case "reasoning" ->
              moreTokensThanFirst(key, call, now) ? null : reasonedOnly(key, call, now);
          case "reset" -> broken(key, call, now, 0.5);
          case "cutjson" -> cutJson(key, call, now);
          default -> null;
        });
  }

  /** The part of a text that a key which cuts its answers gives. */
  String cut(KeyText key, ChatCall call, String text) {
    if (!key.behaviour().equals("truncate") || call.cutAnswer().isPresent() || call.reasked()) {
      return text;
    }
    var end = text.length() * Math.min(99, key.amount()) / 100;
    return text.substring(
        0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
  }

  /** How much longer the key takes. */
  static Duration slowness(KeyText key) {
    return key.behaviour().equals("slow") ? Duration.ofSeconds(key.amount()) : Duration.ZERO;
  }

  /** For {@code ratelimited}: the refusal, until its time is over. */
  Optional<Reply> rateLimited(KeyText key, Instant now) {
    var rest = Duration.between(now, accounts.memory(key, now).firstSeen.plusSeconds(key.amount()));
    return rest.isPositive() ? Optional.of(Refusal.rateLimited(key, rest)) : Optional.empty();
  }

  /** For {@code recover}: whether it was checked often enough. */
  boolean recovered(KeyText key, Instant now) {
    return accounts.with(key, now, memory -> memory.checks >= key.amount());
  }

  private Reply dailySpent(KeyText key, Instant now) {
    accounts.spendDay(key, now);
    return Refusal.freeDaily(key, accounts.freeLimit(key, now), now);
  }

  private int count(KeyText key, Instant now) {
    return accounts.with(key, now, memory -> memory.completions);
  }

  private int open(KeyText key, Instant now) {
    return accounts.with(key, now, memory -> memory.open);
  }

  private boolean flaky(KeyText key, Instant now) {
    return Hash.of(key.text(), count(key, now)).below(100) < key.amount();
  }

  private boolean firstModel(KeyText key, ChatCall call, Instant now) {
    return accounts.with(
        key,
        now,
        memory -> {
          var first = memory.firstModel == null ? call.model() : memory.firstModel;
          memory.firstModel = first;
          return first.equals(call.model());
        });
  }

  private boolean moreTokensThanFirst(KeyText key, ChatCall call, Instant now) {
    return accounts.with(
        key,
        now,
        memory ->
            call.maxTokens()
                > memory.firstTokens.computeIfAbsent(call.fingerprint(), f -> call.maxTokens()));
  }

  private static Reply errorIn200(KeyText key, ChatCall call) {
    var body = Refusal.body(502, "Provider returned error");
    Refusal.metadata(body)
        .put("error_type", "provider_unavailable")
        .put("provider_name", Catalogue.providerOf(call.model()));
    return call.stream()
        ? new Reply.Events(
            Map.of(), List.of(": OPENROUTER PROCESSING\n\n", Envelope.data(body)), key.behaviour())
        : Reply.json(200, body, Map.of(), key.behaviour());
  }

  private static Reply withChoice(
      KeyText key, ChatCall call, Instant now, String finish, String text) {
    var envelope = bare(key, call, now, finish, text, 0);
    if (finish.equals("error") && call.stream()) {
      return new Reply.Events(
          Map.of("X-Generation-Id", envelope.id()),
          envelope.brokenOff(502, "Provider disconnected mid-stream"),
          key.behaviour());
    }
    var body = envelope.whole();
    if (finish.equals("error")) {
      var choice = (com.fasterxml.jackson.databind.node.ObjectNode) body.at("/choices/0");
      choice
          .putObject("error")
          .put("code", 502)
          .put("message", "Provider disconnected mid-stream")
          .putObject("metadata")
          .put("error_type", "provider_unavailable");
    }
    return Reply.json(200, body, Map.of("X-Generation-Id", envelope.id()), key.behaviour());
  }

  private static Reply noChoices(KeyText key, ChatCall call, Instant now) {
    var body = bare(key, call, now, "stop", "", 0).whole();
    body.putArray("choices");
    return Reply.json(200, body, Map.of(), key.behaviour());
  }

  private static Reply reasonedOnly(KeyText key, ChatCall call, Instant now) {
    var tokens = Math.min(call.maxTokens(), 32_768);
    return Reply.json(
        200, bare(key, call, now, "length", "", tokens).whole(), Map.of(), key.behaviour());
  }

  private static Reply broken(KeyText key, ChatCall call, Instant now, double share) {
    var body =
        Json.bytes(
            bare(key, call, now, "stop", "An answer that is never read to its end. ".repeat(60), 0)
                .whole());
    return new Reply.Broken(body, (int) (body.length * share), key.behaviour());
  }

  private static Reply cutJson(KeyText key, ChatCall call, Instant now) {
    var body =
        Json.text(
            bare(key, call, now, "stop", "An answer whose envelope ends early. ".repeat(20), 0)
                .whole());
    var half =
        body.substring(0, body.length() / 2).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new Reply.Whole(200, "application/json", Map.of(), half, key.behaviour());
  }

  private static Envelope bare(
      KeyText key, ChatCall call, Instant now, String finish, String text, int reasoning) {
    return new Envelope(
        "gen-" + now.getEpochSecond() + "-" + Hash.of(call.fingerprint(), key.text()).hex(20),
        now.getEpochSecond(),
        Catalogue.find(call.model()).orElse(Catalogue.standard()),
        text,
        finish,
        call.promptTokens(),
        Tokens.count(text) + reasoning,
        reasoning);
  }
}
