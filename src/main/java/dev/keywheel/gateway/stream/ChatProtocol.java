package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.provider.http.LenientJson;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Streams of chat completions and text completions. {@code [DONE]} or a finish reason of each
 * choice ends a stream. Some providers return one choice however many were requested, so at the end
 * of the stream only the choices that began count. Errors are fields of ordinary events.
 */
final class ChatProtocol extends StreamProtocol {
  private static final byte[] FINISH = JsonScan.name("finish_reason");

  private static final int MAX_INDEX = 10_000;

  private final boolean withoutUsageEvent;
  private final int choices;
  private final BitSet begun = new BitSet();
  private final BitSet ended = new BitSet();
  private boolean unreadable;
  private boolean answering;

  /**
   * @param withoutUsageEvent whether to drop the usage event, because only the gateway asked for it
   * @param choices number of choices that the client requested
   */
  ChatProtocol(boolean withoutUsageEvent, int choices) {
    this.withoutUsageEvent = withoutUsageEvent;
    this.choices = choices;
  }

  @Override
  EventKind read(EventBlock event) {
    if (event.done()) {
      finish();
      return EventKind.CONTENT;
    }
    byte[] data = event.data();
    boolean relevant =
        !hasId()
            || !answering
            || searches(data)
            || choices > 1
            || JsonScan.hasValue(data, FINISH)
            || JsonScan.hasValue(data, ERROR) // also of vLLM's {"object":"error"}
            || JsonScan.hasValue(data, USAGE);
    return relevant
        ? event.json().map(this::read).orElseGet(this::recordUnreadable)
        : recordUnread();
  }

  private EventKind read(JsonNode chunk) {
    recordIdAndUsage(chunk);
    JsonNode parts = chunk.path("choices");
    if (isError(chunk.path("error"))
        || LenientJson.text(chunk, "object").equals("error")
        || StreamSupport.stream(parts.spliterator(), false).anyMatch(ChatProtocol::failed)) {
      return EventKind.ERROR;
    }
    parts.forEach(this::search);
    parts.forEach(this::recordFinish);
    boolean withoutChoices = parts.isArray() && parts.isEmpty();
    if (withoutChoices && chunk.path("usage").isObject()) {
      return withoutUsageEvent ? EventKind.UNWANTED : EventKind.CONTENT;
    }
    answering |= !withoutChoices;
    return answering ? EventKind.CONTENT : EventKind.PREFACE;
  }

  private EventKind recordUnreadable() {
    unreadable = true;
    return recordUnread();
  }

  @Override
  public boolean complete() {
    return finished() || (!unreadable && !begun.isEmpty() && begun.equals(ended));
  }

  private void search(JsonNode choice) {
    if (empty()) {
      String reason = LenientJson.text(choice, "finish_reason");
      recordContent(!AnswerContent.isRegularEnd(reason) || AnswerContent.inChoice(choice));
    }
  }

  private void recordFinish(JsonNode choice) {
    int index = Math.clamp(LenientJson.integer(choice, "index").orElse(0), 0, MAX_INDEX);
    begun.set(index);
    if (!LenientJson.text(choice, "finish_reason").isEmpty()) {
      ended.set(index);
      if (ended.cardinality() >= choices) {
        finish();
      }
    }
  }

  private static boolean failed(JsonNode choice) {
    return isError(choice.path("error"))
        || LenientJson.text(choice, "finish_reason").equals("error");
  }

  /**
   * The error in a field {@code error}, without which SDKs do not throw, and without choices: some
   * SDKs read a chunk with choices as an ordinary end.
   */
  @Override
  byte[] afterError(EventBlock event) {
    JsonNode chunk = event.json().orElseGet(Json.MAPPER::createObjectNode);
    if (!chunk.has("choices") && isError(chunk.path("error"))) {
      return new byte[0];
    }
    JsonNode read = error(chunk).orElse(chunk);
    var error = new LinkedHashMap<String, Object>();
    error.put(
        "message",
        or(read.isTextual() ? read.asText() : LenientJson.text(read, "message"), WITHOUT_MESSAGE));
    error.put("type", or(LenientJson.text(read, "type"), SERVER_ERROR));
    JsonNode code = read.path("code");
    error.put("code", code.isNumber() ? code : or(LenientJson.text(read, "code"), UPSTREAM_ERROR));
    error.put("param", null);
    return event("error", Map.of("error", error));
  }

  private static Optional<JsonNode> error(JsonNode chunk) {
    var choices = StreamSupport.stream(chunk.path("choices").spliterator(), false);
    return Stream.concat(Stream.of(chunk), choices)
        .map(part -> part.path("error"))
        .filter(StreamProtocol::isError)
        .findFirst();
  }

  /**
   * The error of the chunk or of one of its choices. The names of the provider and of the account
   * tell the classifier whose error it is.
   */
  @Override
  byte[] errorBody(EventBlock event) {
    Optional<JsonNode> read = event.json();
    Optional<JsonNode> error =
        read.flatMap(ChatProtocol::error).or(() -> read.filter(chunk -> !chunk.has("choices")));
    if (read.isEmpty() || error.isEmpty()) {
      return event.data();
    }
    var body = new LinkedHashMap<String, Object>();
    body.put("error", error.get());
    for (String name : List.of("provider", "user_id")) {
      String text = LenientJson.text(read.get(), name);
      if (!text.isEmpty()) {
        body.put(name, text);
      }
    }
    return Json.text(body).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] failure(ErrorEvent error) {
    return error.ofChat();
  }
}
