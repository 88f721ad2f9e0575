package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;

/** Anthropic's Messages API: {@code message_stop} ends a stream; errors are separate events. */
final class MessagesProtocol extends StreamProtocol {
  private static final byte[] START = JsonScan.name("message_start");
  private static final byte[] STOP = JsonScan.name("message_stop");
  private static final byte[] PING = JsonScan.name("ping");

  @Override
  Meaning read(EventBlock event) {
    byte[] data = event.data();
    boolean telling =
        JsonScan.contains(data, START)
            || JsonScan.contains(data, STOP)
            || JsonScan.contains(data, PING)
            || JsonScan.contains(data, ERROR)
            || JsonScan.hasValue(data, USAGE);
    return telling ? event.json().map(this::read).orElse(Meaning.CONTENT) : Meaning.CONTENT;
  }

  private Meaning read(JsonNode event) {
    String type = LenientJson.text(event, "type");
    if (type.equals("error") || isError(event.path("error"))) {
      return Meaning.ERROR;
    }
    switch (type) {
      case "message_start" -> note(event.path("message"));
      case "message_stop" -> finish();
      default -> note(event);
    }
    return type.equals("ping") ? Meaning.ALIVE : Meaning.CONTENT;
  }

  @Override
  byte[] errorBody(EventBlock event) {
    return event.data(); // same format as the error of an unstreamed answer
  }

  @Override
  public byte[] failure(ErrorEvent error) {
    return error.ofMessages();
  }
}
