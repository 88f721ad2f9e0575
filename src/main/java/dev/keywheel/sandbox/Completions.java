package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers {@code POST /chat/completions} and {@code POST /images}: faults first, then content. */
final class Completions {

  private static final int REASONING_TOKENS = 180;

  private final Accounts accounts;
  private final Generations generations;
  private final Content content;
  private final Faults faults;

  Completions(Accounts accounts, Generations generations, long seed) {
    this.accounts = accounts;
    this.generations = generations;
    this.content = new Content(seed);
    this.faults = new Faults(accounts);
  }

  Reply chat(KeyText key, ChatCall call, Instant now) {
    var model = Catalogue.find(call.model());
    if (model.isEmpty()) {
      return Refusal.noEndpoints(call.model(), "unknown model");
    }
    return refusal(key, call, model.get(), now)
        .or(() -> wrongParameters(call, model.get()))
        .or(() -> faults.envelope(key, call, now))
        .orElseGet(() -> answer(key, call, model.get(), now));
  }

  Reply image(KeyText key, JsonNode body, Instant now) {
    var model = Catalogue.find(body.path("model").asText());
    if (model.isEmpty() || !model.get().paints()) {
      return Refusal.noEndpoints(body.path("model").asText(), "unknown model");
    }
    var prompt = body.path("prompt").asText();
    if (prompt.isBlank()) {
      return Refusal.badRequest("prompt: required");
    }
    var call =
        new ChatCall(
            model.get().id(),
            List.of(new ChatCall.Message("user", prompt)),
            ChatCall.NO_LIMIT,
            false,
            "text",
            List.of("image"),
            false);
    return refusal(key, call, model.get(), now)
        .or(() -> faults.envelope(key, call, now))
        .orElseGet(() -> painted(key, call, model.get(), now));
  }

  private Optional<Reply> refusal(KeyText key, ChatCall call, Catalogue.Model model, Instant now) {
    return faults
        .refusal(key, call, now)
        .or(() -> model.free() ? freeLimit(key, now) : Optional.empty());
  }

  private Optional<Reply> freeLimit(KeyText key, Instant now) {
    return switch (accounts.takeFree(key, now)) {
      case TAKEN -> Optional.empty();
      case DAY_SPENT -> Optional.of(Refusal.freeDaily(key, accounts.freeLimit(key, now), now));
      case MINUTE_SPENT -> Optional.of(Refusal.freeMinute(key, accounts.freePerMinute(), now));
    };
  }

  private static Optional<Reply> wrongParameters(ChatCall call, Catalogue.Model model) {
    if (call.format().equals("json_schema") && !model.supports("structured_outputs")) {
      return Optional.of(
          call.requireParameters()
              ? Refusal.noEndpoints("the requested parameters", "unsupported parameter")
              : Refusal.badRequest("JSON Schema not supported by " + model.id()));
    }
    if (!call.modalities().isEmpty() && !model.output().containsAll(call.modalities())) {
      var body =
          Refusal.body(
              404,
              "No endpoints found that support the requested output modalities: "
                  + String.join(", ", call.modalities()));
      return Optional.of(Reply.json(404, body, Map.of(), "modalities"));
    }
    return Optional.empty();
  }

  private Reply answer(KeyText key, ChatCall call, Catalogue.Model model, Instant now) {
    if (call.operation() == Operation.IMAGE) {
      var picture = content.picture(key, call);
      var envelope = envelope(key, call, model, "", "stop", 1290, now);
      return finished(key, envelope.withImage(picture.bytes(), picture.type()), envelope);
    }
    var text = content.text(key, call);
    var cut = faults.cut(key, call, text);
    var kept = Tokens.first(cut, call.maxTokens());
    var finish = kept.length() < text.length() ? "length" : "stop";
    var envelope = envelope(key, call, model, kept, finish, Tokens.count(kept), now);
    if (call.stream()) {
      remember(key, envelope, true);
      return new Reply.Events(headers(envelope), envelope.events(), faultOf(key));
    }
    return finished(key, envelope.whole(), envelope);
  }

  private Reply painted(KeyText key, ChatCall call, Catalogue.Model model, Instant now) {
    var picture = content.picture(key, call);
    var envelope = envelope(key, call, model, "", "stop", 1290, now);
    var body = Json.object().put("created", envelope.created());
    body.putArray("data")
        .addObject()
        .put("b64_json", Base64.getEncoder().encodeToString(picture.bytes()))
        .put("media_type", picture.type());
    body.set("usage", envelope.usage());
    return finished(key, body, envelope);
  }

  private Reply finished(KeyText key, ObjectNode body, Envelope envelope) {
    remember(key, envelope, false);
    return Reply.json(200, body, headers(envelope), faultOf(key));
  }

  private Envelope envelope(
      KeyText key,
      ChatCall call,
      Catalogue.Model model,
      String text,
      String finish,
      int tokens,
      Instant now) {
    var reasoning = model.supports("reasoning") && finish.equals("stop") ? REASONING_TOKENS : 0;
    return new Envelope(
        generations.nextId(key, call, now),
        now.getEpochSecond(),
        model,
        text,
        finish,
        call.promptTokens(),
        tokens + reasoning,
        reasoning);
  }

  private void remember(KeyText key, Envelope envelope, boolean streamed) {
    generations.add(envelope, streamed);
    accounts.with(key, Instant.EPOCH, memory -> memory.cost += envelope.cost().doubleValue());
  }

  private static Map<String, String> headers(Envelope envelope) {
    return Map.of(
        "X-Generation-Id",
        envelope.id(),
        "X-Provider-Name",
        Catalogue.providerOf(envelope.model().id()));
  }

  /** A key that works is no fault, whatever it is called. */
  private static String faultOf(KeyText key) {
    return switch (key.behaviour()) {
      case "valid", "freetier", "recover", "ratelimited", "quota" -> "";
      default -> key.behaviour();
    };
  }
}
