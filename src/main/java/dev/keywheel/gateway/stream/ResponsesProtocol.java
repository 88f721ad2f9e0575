package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.db.Json;
import dev.keywheel.provider.http.LenientJson;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Streams of OpenAI's Responses API, which end with one of several events. A failure is sent as a
 * failed response with the id from the first event, and as an error.
 */
final class ResponsesProtocol extends StreamProtocol {
  private static final Set<String> ENDS =
      Set.of("response.completed", "response.incomplete", "response.cancelled", "response.done");
  private static final Set<String> ERRORS = Set.of("error", "response.error", "response.failed");

  /** The names, one of which is in each event that must be parsed. */
  private static final List<byte[]> RELEVANT =
      Stream.of(
              "response.created",
              "response.completed",
              "response.incomplete",
              "response.cancelled",
              "response.failed",
              "response.done",
              "response.debug",
              "response.error",
              "encrypted_content",
              "error")
          .map(JsonScan::name)
          .toList();

  private static final byte[] NUMBER = JsonScan.name("sequence_number");

  /**
   * Maximum bytes of a first event to keep. If it is not kept, a failed response has only an id.
   */
  private static final int MAX_KEPT_BYTES = 64 << 10;

  private @Nullable EventBlock created;
  private int number = -1;
  private final Set<String> references = new LinkedHashSet<>();

  @Override
  EventKind read(EventBlock event) {
    if (event.done()) { // clients read nothing after it
      return finished() ? EventKind.CONTENT : EventKind.UNWANTED;
    }
    byte[] data = event.data();
    number = JsonScan.number(data, NUMBER).orElse(-1);
    boolean relevant =
        searches(data) || RELEVANT.stream().anyMatch(name -> JsonScan.contains(data, name));
    return relevant
        ? event.json().map(read -> read(event, read)).orElseGet(this::recordUnread)
        : recordUnread();
  }

  private EventKind read(EventBlock event, JsonNode read) {
    String type = LenientJson.text(read, "type");
    recordIdAndUsage(read.path("response"));
    recordContent(empty() && hasContent(type, read));
    ResponseReferences.of(read.path("item")).forEach(references::add);
    if (type.equals("response.created") && event.bytes().length <= MAX_KEPT_BYTES) {
      created = event;
    }
    boolean failed = LenientJson.text(read, "response", "status").equals("failed");
    if (ERRORS.contains(type)
        || (ENDS.contains(type) && failed)
        || (type.isEmpty() && isError(read.path("error")))) {
      return EventKind.ERROR;
    }
    if (ENDS.contains(type)) {
      finish();
    }
    return type.equals("response.debug") ? EventKind.PREFACE : EventKind.CONTENT;
  }

  private static boolean hasContent(String type, JsonNode read) {
    return switch (type) {
      case "response.created",
          "response.queued",
          "response.in_progress",
          "response.debug",
          "ping",
          "keepalive" ->
          false;
      case "response.output_item.added", "response.output_item.done" ->
          AnswerContent.inItem(read.path("item"));
      case "response.content_part.added", "response.content_part.done" ->
          AnswerContent.inItem(read.path("part"));
      case "response.output_text.delta" -> AnswerContent.inValue(read.path("delta"));
      case "response.output_text.done" -> AnswerContent.inValue(read.path("text"));
      case "response.completed", "response.done" ->
          AnswerContent.inItems(read.path("response").path("output"));
      default -> !type.contains("reasoning");
    };
  }

  @Override
  public List<String> references() {
    return ResponseReferences.with(id(), references);
  }

  @Override
  boolean hasType(EventBlock event) {
    return event.json().filter(read -> !LenientJson.text(read, "type").isEmpty()).isPresent();
  }

  @Override
  byte[] errorBody(EventBlock event) {
    Optional<JsonNode> read = event.json();
    return read.map(this::error)
        .filter(StreamProtocol::isError)
        .map(StreamProtocol::errorBody)
        .orElseGet(event::data);
  }

  /** The error with an object {@code error}, without which some SDKs do not throw. */
  @Override
  byte[] afterError(EventBlock event) {
    JsonNode read = event.json().orElseGet(Json.MAPPER::createObjectNode);
    if (isError(read.path("error"))) {
      return new byte[0];
    }
    JsonNode error = error(read);
    String type = LenientJson.text(error, "type");
    String param = LenientJson.text(error, "param");
    boolean typed = !type.isEmpty() && !type.equals(LenientJson.text(read, "type"));
    return ErrorEvent.ofResponses(
        typed ? type : SERVER_ERROR,
        or(LenientJson.text(error, "code"), UPSTREAM_ERROR),
        or(LenientJson.text(error, "message"), WITHOUT_MESSAGE),
        param.isEmpty() ? null : param,
        nextNumber());
  }

  /** The error of an event, with its canonical type, which this API sends in a separate field. */
  private JsonNode error(JsonNode event) {
    JsonNode response = event.path("response");
    JsonNode error = response.path("error");
    if (!isError(error)) {
      error = isError(event.path("error")) ? event.path("error") : event;
    }
    String type = LenientJson.text(response, "error_type");
    if (!type.isEmpty() && error instanceof ObjectNode object && !object.has("error_type")) {
      return object.deepCopy().put("error_type", type);
    }
    return error;
  }

  /**
   * A failed response, and an error, at which SDKs throw: programs that read only the texts of an
   * answer do not notice the failed response.
   */
  @Override
  public byte[] failure(ErrorEvent error) {
    if (!hasId()) {
      return error.ofResponses(nextNumber());
    }
    byte[] failed = failedResponse(error);
    byte[] last = error.ofResponses(nextNumber() + 1);
    return ByteBuffer.allocate(failed.length + last.length).put(failed).put(last).array();
  }

  private byte[] failedResponse(ErrorEvent error) {
    ObjectNode response =
        Optional.ofNullable(created)
            .flatMap(EventBlock::json)
            .map(read -> read.path("response"))
            .filter(ObjectNode.class::isInstance)
            .map(ObjectNode.class::cast)
            .orElseGet(() -> Json.MAPPER.createObjectNode().put("id", id()));
    response.put("status", "failed");
    response.putObject("error").put("code", SERVER_ERROR).put("message", error.message());
    var data = new LinkedHashMap<String, Object>();
    data.put("type", "response.failed");
    data.put("sequence_number", nextNumber());
    data.put("response", response);
    return event("response.failed", data);
  }

  private int nextNumber() {
    return number + 1;
  }
}
