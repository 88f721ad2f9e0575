package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.Optional;

/** Anthropic's Messages API: {@code message_stop} ends a stream; errors are separate events. */
final class MessagesProtocol extends StreamProtocol {
  private static final byte[] START = JsonScan.name("message_start");
  private static final byte[] STOP = JsonScan.name("message_stop");

  @Override
  EventKind read(EventBlock event) {
    byte[] data = event.data();
    boolean relevant =
        searches(data)
            || JsonScan.contains(data, START)
            || JsonScan.contains(data, STOP)
            || JsonScan.contains(data, ERROR)
            || JsonScan.hasValue(data, USAGE);
    return relevant ? event.json().map(this::read).orElseGet(this::recordUnread) : recordUnread();
  }

  @Override
  EventKind readKeepAlive(EventBlock event) {
    return hasId() && !finished() ? EventKind.CONTENT : EventKind.ALIVE;
  }

  private static boolean hasContent(String type, JsonNode event) {
    return switch (type) {
      case "message_start" -> AnswerContent.inItems(event.path("message").path("content"));
      case "content_block_start" -> AnswerContent.inItem(event.path("content_block"));
      case "content_block_delta" -> AnswerContent.inItem(event.path("delta"));
      case "message_delta" ->
          !AnswerContent.isRegularEnd(LenientJson.text(event, "delta", "stop_reason"));
      case "content_block_stop", "message_stop" -> false;
      default -> true;
    };
  }

  private EventKind read(JsonNode event) {
    String type = LenientJson.text(event, "type");
    if (type.equals("error") || isError(event.path("error"))) {
      return EventKind.ERROR;
    }
    recordContent(empty() && hasContent(type, event));
    switch (type) {
      case "message_start" -> recordIdAndUsage(event.path("message"));
      case "message_stop" -> finish();
      default -> recordIdAndUsage(event);
    }
    return EventKind.CONTENT;
  }

  @Override
  byte[] errorBody(EventBlock event) {
    Optional<JsonNode> withoutError = event.json().filter(read -> !isError(read.path("error")));
    // Otherwise the same format as the error of an unstreamed answer.
    return withoutError.map(StreamProtocol::errorBody).orElseGet(event::data);
  }

  @Override
  public byte[] failure(ErrorEvent error) {
    return error.ofMessages();
  }
}
