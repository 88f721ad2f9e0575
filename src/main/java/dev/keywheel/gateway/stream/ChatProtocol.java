package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Chat completions and text completions: a finish reason or {@code [DONE]} ends them, and an error
 * is an object in an ordinary event.
 */
final class ChatProtocol extends StreamProtocol {
  private static final byte[] FINISH = JsonScan.name("finish_reason");

  private final boolean withoutUsageEvent;

  ChatProtocol(boolean withoutUsageEvent) {
    this.withoutUsageEvent = withoutUsageEvent;
  }

  @Override
  Meaning read(EventBlock event) {
    if (event.done()) {
      finish();
      return Meaning.CONTENT;
    }
    byte[] data = event.data();
    boolean telling =
        !known()
            || JsonScan.hasValue(data, FINISH)
            || JsonScan.hasValue(data, ERROR)
            || JsonScan.hasValue(data, USAGE);
    return telling ? parsed(event).map(this::read).orElse(Meaning.CONTENT) : Meaning.CONTENT;
  }

  private Meaning read(JsonNode chunk) {
    note(chunk);
    if (isError(chunk.path("error")) || choices(chunk, "error")) {
      return Meaning.ERROR;
    }
    JsonNode choices = chunk.path("choices");
    if (StreamSupport.stream(choices.spliterator(), false)
        .anyMatch(choice -> !LenientJson.text(choice, "finish_reason").isEmpty())) {
      finish();
    }
    boolean onlyUsage = choices.isArray() && choices.isEmpty() && chunk.path("usage").isObject();
    return onlyUsage && withoutUsageEvent ? Meaning.UNWANTED : Meaning.CONTENT;
  }

  private static boolean choices(JsonNode chunk, String reason) {
    return StreamSupport.stream(chunk.path("choices").spliterator(), false)
        .anyMatch(choice -> LenientJson.text(choice, "finish_reason").equals(reason));
  }

  @Override
  byte[] errorBody(EventBlock event) {
    return parsed(event)
        .map(
            chunk ->
                isError(chunk.path("error"))
                    ? chunk.path("error")
                    : chunk.path("choices").path(0).path("error"))
        .filter(StreamProtocol::isError)
        .map(StreamProtocol::errorBody)
        .orElseGet(event::data);
  }

  @Override
  public byte[] failure(StreamFailure failure) {
    var error = new LinkedHashMap<String, Object>();
    error.put("message", failure.message());
    error.put("type", "server_error");
    error.put("code", failure.code());
    error.put("param", null);
    var data = new LinkedHashMap<String, Object>(Map.of("error", error));
    data.put("request_id", failure.requestId());
    return event("error", data);
  }
}
