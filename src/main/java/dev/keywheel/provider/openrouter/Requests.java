package dev.keywheel.provider.openrouter;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.keywheel.db.Json;
import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.http.BearerCredential;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds the addresses, headers and JSON bodies of requests. */
final class Requests {
  /** The user agent of all requests; some servers refuse the JDK's default. */
  static final String USER_AGENT = "Keywheel";

  private final String base;
  private final String appUrl;
  private final Map<ApiProtocol, URI> endpoints = new EnumMap<>(ApiProtocol.class);

  /**
   * @param base the provider's address, with or without a slash at the end
   */
  Requests(URI base, URI appUrl) {
    this.base = base.toString().replaceAll("/+$", "");
    this.appUrl = appUrl.toString();
    for (ApiProtocol protocol : ApiProtocol.values()) {
      endpoints.put(protocol, URI.create(this.base + path(protocol)));
    }
  }

  URI keyCheckAddress() {
    return URI.create(base + "/key");
  }

  URI endpoint(ApiProtocol protocol) {
    return requireNonNull(endpoints.get(protocol));
  }

  private static String path(ApiProtocol protocol) {
    return switch (protocol) {
      case CHAT -> "/chat/completions";
      case COMPLETIONS -> "/completions";
      case RESPONSES -> "/responses";
      case MESSAGES -> "/messages";
      case EMBEDDINGS -> "/embeddings";
    };
  }

  /** The API documents a bearer token here too; the catalogue is public and accepts any token. */
  HttpRequest catalogue() {
    return to("/models").header("Authorization", "Bearer none").GET().build();
  }

  /**
   * @param modelInfo the catalogue's data of the requested model, if known
   */
  HttpRequest chat(BearerCredential key, ChatRequest request, Optional<ModelInfo> modelInfo) {
    ObjectNode body = body(request.model());
    ArrayNode messages = body.putArray("messages");
    for (ChatMessage message : request.messages()) {
      messages.addObject().put("role", message.role().word()).put("content", message.text());
    }
    body.put("max_tokens", request.maxTokens()).put("temperature", request.temperature());
    putFormat(body, request.format());
    if (modelInfo.filter(model -> model.supports("reasoning")).isPresent()) {
      body.putObject("reasoning").put("effort", "low");
    }
    request.fields().forEach((name, json) -> body.putRawValue(name, new RawValue(json)));
    return post("/chat/completions", key, body);
  }

  /** Only some hosts of a model follow a schema; the others must not get the request. */
  private static void putFormat(ObjectNode body, ReplyFormat format) {
    switch (format) {
      case ReplyFormat.Text _ -> {}
      case ReplyFormat.JsonObject _ -> body.putObject("response_format").put("type", "json_object");
      case ReplyFormat.JsonSchema schema -> {
        body.putObject("response_format")
            .put("type", "json_schema")
            .putObject("json_schema")
            .put("name", schema.name())
            .put("strict", true)
            .set("schema", parsed(schema.schema()));
        body.putObject("provider").put("require_parameters", true);
      }
    }
  }

  HttpRequest imageByChat(BearerCredential key, ImageRequest request, List<String> modalities) {
    ObjectNode body = body(request.model());
    body.putArray("messages").addObject().put("role", "user").put("content", request.prompt());
    ArrayNode wanted = body.putArray("modalities");
    modalities.forEach(wanted::add);
    body.putObject("image_config").put("aspect_ratio", request.aspectRatio());
    if (request.maxTokens() > 0) {
      body.put("max_tokens", request.maxTokens());
    }
    return post("/chat/completions", key, body);
  }

  HttpRequest imageByImages(BearerCredential key, ImageRequest request) {
    ObjectNode body = body(request.model());
    body.put("prompt", request.prompt()).put("n", 1).put("aspect_ratio", request.aspectRatio());
    return post("/images", key, body);
  }

  private static ObjectNode body(String model) {
    return Json.MAPPER.createObjectNode().put("model", model).put("stream", false);
  }

  private HttpRequest post(String path, BearerCredential key, ObjectNode body) {
    return to(path)
        .header("Authorization", key.value())
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()))
        .build();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("User-Agent", USER_AGENT)
        .header("Accept", "application/json")
        .header("HTTP-Referer", appUrl)
        .header("X-OpenRouter-Title", USER_AGENT);
  }

  private static ObjectNode parsed(String schema) {
    try {
      return (ObjectNode) Json.MAPPER.readTree(schema);
    } catch (JsonProcessingException | ClassCastException notASchema) {
      throw new IllegalArgumentException("a schema must be one JSON object", notASchema);
    }
  }
}
