package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.base.TokenCount;
import dev.keywheel.sandbox.content.ContentWriter;
import dev.keywheel.sandbox.faults.Accounts;
import dev.keywheel.sandbox.faults.CompletionBody;
import dev.keywheel.sandbox.faults.ErrorResponses;
import dev.keywheel.sandbox.faults.KeyFaults;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.SandboxResponse;
import dev.keywheel.sandbox.protocol.SandboxProtocol;
import dev.keywheel.sandbox.protocol.StreamFaults;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers requests for completions, images and embeddings: faults first, then content. */
final class Completions {

  private static final int REASONING_TOKENS = 180;

  private final Accounts accounts;
  private final Generations generations;
  private final ContentWriter content;
  private final KeyFaults faults;

  Completions(Accounts accounts, Generations generations, long seed) {
    this.accounts = accounts;
    this.generations = generations;
    this.content = new ContentWriter(seed);
    this.faults = new KeyFaults(accounts);
  }

  SandboxResponse chat(SandboxKey key, ChatCall call, SandboxProtocol protocol, Instant now) {
    var model = OfferedModels.find(call.model());
    if (model.isEmpty()) {
      return ErrorResponses.noEndpoints(call.model(), "unknown model");
    }
    return refusal(key, call, model.get(), now)
        .or(() -> wrongParameters(call, model.get()))
        .or(() -> faults.envelope(key, call, now))
        .map(reply -> StreamFaults.translated(reply, protocol))
        .orElseGet(() -> answer(key, call, model.get(), protocol, now));
  }

  SandboxResponse image(SandboxKey key, JsonNode body, Instant now) {
    var model = OfferedModels.find(body.path("model").asText());
    if (model.isEmpty() || !model.get().generatesImages()) {
      return ErrorResponses.noEndpoints(body.path("model").asText(), "unknown model");
    }
    var prompt = body.path("prompt").asText();
    if (prompt.isBlank()) {
      return ErrorResponses.badRequest("prompt: required");
    }
    var call = ChatCall.of(model.get().id(), List.of(prompt), List.of("image"));
    return refusal(key, call, model.get(), now)
        .or(() -> faults.envelope(key, call, now))
        .orElseGet(() -> imageResponse(key, call, model.get(), now));
  }

  SandboxResponse embeddings(SandboxKey key, JsonNode body, Instant now) {
    var model = OfferedModels.find(body.path("model").asText());
    if (model.isEmpty()) {
      return ErrorResponses.noEndpoints(body.path("model").asText(), "unknown model");
    }
    var inputs = Embeddings.inputs(body);
    if (inputs.isEmpty()) {
      return ErrorResponses.badRequest("input: required");
    }
    if (Embeddings.areTooMany(inputs, body)) {
      return ErrorResponses.badRequest("input: too many texts for this number of dimensions");
    }
    var call = ChatCall.of(model.get().id(), inputs, List.of());
    return refusal(key, call, model.get(), now)
        .orElseGet(
            () ->
                SandboxResponse.json(
                    200, Embeddings.answer(body, model.get().id()), Map.of(), faultOf(key)));
  }

  private Optional<SandboxResponse> refusal(
      SandboxKey key, ChatCall call, OfferedModels.Model model, Instant now) {
    return faults
        .refusal(key, call, now)
        .or(() -> model.free() ? freeLimit(key, now) : Optional.empty());
  }

  private Optional<SandboxResponse> freeLimit(SandboxKey key, Instant now) {
    return switch (accounts.takeFree(key, now)) {
      case TAKEN -> Optional.empty();
      case DAY_SPENT -> Optional.of(faults.exhaustDailyLimit(key, now));
      case MINUTE_SPENT ->
          Optional.of(
              ErrorResponses.of("minute", key, "", now, Map.of("limit", accounts.freePerMinute())));
    };
  }

  private static Optional<SandboxResponse> wrongParameters(
      ChatCall call, OfferedModels.Model model) {
    if (call.format().equals("json_schema") && !model.supports("structured_outputs")) {
      return Optional.of(
          call.requireParameters()
              ? ErrorResponses.noEndpoints("the requested parameters", "unsupported parameter")
              : ErrorResponses.badRequest("JSON Schema not supported by " + model.id()));
    }
    if (!call.modalities().isEmpty() && !model.output().containsAll(call.modalities())) {
      return Optional.of(
          ErrorResponses.error("modalities", "modalities", String.join(", ", call.modalities())));
    }
    return Optional.empty();
  }

  private SandboxResponse answer(
      SandboxKey key,
      ChatCall call,
      OfferedModels.Model model,
      SandboxProtocol protocol,
      Instant now) {
    if (call.operation() == SandboxOperation.IMAGE) {
      var picture = content.picture(key, call);
      var envelope = envelope(key, call, model, "", "stop", 1290, now);
      return recordAndRespond(key, envelope.withImage(picture.bytes(), picture.type()), envelope);
    }
    var text = content.text(key, call);
    var cut = faults.cut(key, call, text);
    var kept = TokenCount.prefix(cut, call.maxTokens());
    var finish = kept.length() < text.length() ? "length" : "stop";
    var envelope = envelope(key, call, model, kept, finish, TokenCount.count(kept), now);
    if (call.stream()) {
      remember(key, envelope, true);
      return StreamFaults.of(
          key, protocol, headers(envelope), protocol.events(envelope), faultOf(key));
    }
    return recordAndRespond(key, protocol.whole(envelope), envelope);
  }

  private SandboxResponse imageResponse(
      SandboxKey key, ChatCall call, OfferedModels.Model model, Instant now) {
    var picture = content.picture(key, call);
    var envelope = envelope(key, call, model, "", "stop", 1290, now);
    var body = SandboxJson.object().put("created", envelope.created());
    body.putArray("data")
        .addObject()
        .put("b64_json", Base64.getEncoder().encodeToString(picture.bytes()))
        .put("media_type", picture.type());
    body.set("usage", envelope.usage());
    return recordAndRespond(key, body, envelope);
  }

  private SandboxResponse recordAndRespond(
      SandboxKey key, ObjectNode body, CompletionBody envelope) {
    remember(key, envelope, false);
    return SandboxResponse.json(200, body, headers(envelope), faultOf(key));
  }

  private CompletionBody envelope(
      SandboxKey key,
      ChatCall call,
      OfferedModels.Model model,
      String text,
      String finish,
      int tokens,
      Instant now) {
    var reasoning = model.supports("reasoning") && finish.equals("stop") ? REASONING_TOKENS : 0;
    return new CompletionBody(
        generations.nextId(key, call, now),
        now.getEpochSecond(),
        model,
        text,
        finish,
        call.promptTokens(),
        tokens + reasoning,
        reasoning);
  }

  private void remember(SandboxKey key, CompletionBody envelope, boolean streamed) {
    generations.add(envelope, streamed);
    accounts.charge(key, envelope.cost().doubleValue());
  }

  private static Map<String, String> headers(CompletionBody envelope) {
    return Map.of(
        "X-Generation-Id",
        envelope.id(),
        "X-Provider-Name",
        OfferedModels.providerOf(envelope.model().id()));
  }

  /** The fault to report for a key; empty for the behaviours of working keys. */
  private static String faultOf(SandboxKey key) {
    return switch (key.behaviour()) {
      case "valid", "freetier", "recover", "ratelimited", "quota" -> "";
      default -> key.behaviour();
    };
  }
}
