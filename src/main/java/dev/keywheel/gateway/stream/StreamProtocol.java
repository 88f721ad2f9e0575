package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.http.LenientJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Interprets the events of one stream, according to the protocol of the client's API. */
public abstract sealed class StreamProtocol
    permits ChatProtocol, MessagesProtocol, ResponsesProtocol {
  static final byte[] ERROR = JsonScan.name("error");
  static final byte[] USAGE = JsonScan.name("usage");

  /** Maximum bytes of an event that is parsed only to find out whether it has content. */
  private static final int MAX_SEARCHED_BYTES = 64 << 10;

  static final String SERVER_ERROR = "server_error";
  static final String UPSTREAM_ERROR = "upstream_error";
  static final String WITHOUT_MESSAGE =
      "The provider reported an error, so the answer is incomplete.";

  private Usage usage = Usage.NONE;
  private String id = "";
  private boolean finished;
  private boolean content;

  StreamProtocol() {}

  /**
   * The protocol of chat completions and the older text completions.
   *
   * @param withoutUsageEvent whether to drop the usage event, because only the gateway asked for it
   * @param choices number of choices that the client requested
   */
  public static StreamProtocol chat(boolean withoutUsageEvent, int choices) {
    return new ChatProtocol(withoutUsageEvent, choices);
  }

  public static StreamProtocol messages() {
    return new MessagesProtocol();
  }

  public static StreamProtocol responses() {
    return new ResponsesProtocol();
  }

  enum EventKind {
    CONTENT,
    /** An event that shows only that the provider is alive, see {@link EventBlock#isKeepAlive}. */
    ALIVE,
    /**
     * An event before the answer, such as OpenRouter's {@code debug}, which the client asked for.
     */
    PREFACE,
    /** An event that only the gateway asked for; it is not passed on. */
    UNWANTED,
    ERROR
  }

  /** Reads an event and returns its kind. Called once for each event, in order. */
  final EventKind readKind(EventBlock event) {
    EventKind kind = event.isKeepAlive() ? readKeepAlive(event) : read(event);
    return event.isNamedError() ? EventKind.ERROR : kind;
  }

  /**
   * Reads an event that says only that the provider is alive. After the start of an answer it
   * counts as content, so that a model may think for as long as the provider sends such events.
   */
  EventKind readKeepAlive(EventBlock event) {
    return hasId() ? read(event) : EventKind.ALIVE;
  }

  /** Reads an event by its data. */
  abstract EventKind read(EventBlock event);

  /** The events that tell the client of a failure after data was passed on. */
  public abstract byte[] failure(ErrorEvent error);

  /** The error of the event just read, in the format of an answer that is not streamed. */
  abstract byte[] errorBody(EventBlock event);

  /**
   * What the gateway sends after the error event just read, so that no client takes the stream for
   * a complete one; may be empty.
   */
  byte[] afterError(EventBlock event) {
    return new byte[0];
  }

  /** Whether the error event just read has a type by which clients recognize errors. */
  boolean hasType(EventBlock event) {
    return false;
  }

  /** Whether the event that completes the answer has arrived. */
  public final boolean finished() {
    return finished;
  }

  /** Whether the answer is complete if the stream ends now. */
  public boolean complete() {
    return finished;
  }

  /** Whether the answer has no content so far, and no finish reason that explains it. */
  public final boolean empty() {
    return !content;
  }

  /** Records that the answer is not empty if {@code found}. */
  final void recordContent(boolean found) {
    content |= found;
  }

  /** Whether an event is parsed to find the first content; large events are not. */
  final boolean searches(byte[] data) {
    return empty() && data.length <= MAX_SEARCHED_BYTES;
  }

  /** Counts an event that is not parsed, or is not JSON, as content. */
  final EventKind recordUnread() {
    recordContent(true);
    return EventKind.CONTENT;
  }

  /** The usage that the provider has reported so far. */
  public final Usage usage() {
    return usage;
  }

  /** The provider's id of the answer; empty before the provider names it. */
  public final String id() {
    return id;
  }

  /** References that a later request to the same account can continue from; may be empty. */
  public List<String> references() {
    return List.of();
  }

  final void finish() {
    finished = true;
  }

  /** Records the id and the usage of an answer or of a part of it. */
  final void recordIdAndUsage(JsonNode answer) {
    if (id.isEmpty()) {
      String named = LenientJson.text(answer, "id");
      id = named.length() <= AnswerPeek.MAX_NAME_LENGTH ? named : "";
    }
    if (answer.path("usage").isObject()) {
      usage = UsageReader.merge(usage, UsageReader.read(answer.path("usage")));
    }
  }

  /** Whether the provider has sent the id of the answer. */
  final boolean hasId() {
    return !id.isEmpty();
  }

  /** Whether the value of an error field reports an error: it is not null, false or empty. */
  static boolean isError(JsonNode error) {
    return error.isContainerNode()
        ? !error.isEmpty()
        : error.asBoolean(error.isTextual() && !error.asText().isEmpty());
  }

  static byte[] event(String name, Map<String, ?> data) {
    return ("event: " + name + "\ndata: " + Json.text(data) + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  static String or(String text, String other) {
    return text.isEmpty() ? other : text;
  }

  static byte[] errorBody(JsonNode error) {
    return Json.text(Map.of("error", error)).getBytes(StandardCharsets.UTF_8);
  }
}
