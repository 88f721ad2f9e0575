package dev.keywheel.sandbox.protocol;

import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.SandboxResponse;
import dev.keywheel.sandbox.faults.SandboxResponse.End;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Applies the behaviour of a key to the events of a stream. */
public final class StreamFaults {
  private static final String COMMENT = ": OPENROUTER PROCESSING\n\n";

  private StreamFaults() {}

  public static SandboxResponse.Events of(
      SandboxKey key,
      SandboxProtocol protocol,
      Map<String, String> headers,
      List<String> events,
      String fault) {
    return switch (key.behaviour()) {
      case "streamerror" -> {
        var some = first(events, key.amount());
        some.add(protocol.errorEvent(502, "Provider disconnected mid-stream"));
        yield new SandboxResponse.Events(headers, some, End.COMPLETE, fault);
      }
      case "streamcut" ->
          new SandboxResponse.Events(headers, first(events, key.amount()), End.CUT, fault);
      case "streamend" ->
          new SandboxResponse.Events(headers, first(events, key.amount()), End.COMPLETE, fault);
      case "comments" -> {
        var all = new ArrayList<>(Collections.nCopies(key.amount(), COMMENT));
        all.addAll(events);
        yield new SandboxResponse.Events(headers, all, End.COMPLETE, fault);
      }
      case "endless" -> new SandboxResponse.Events(headers, events, End.ENDLESS, fault);
      default -> new SandboxResponse.Events(headers, events, End.COMPLETE, fault);
    };
  }

  /** Converts an error answer from the chat format to the format of {@code protocol}. */
  public static SandboxResponse translated(SandboxResponse chat, SandboxProtocol protocol) {
    return switch (chat) {
      case SandboxResponse.Whole whole -> protocol.error(whole);
      case SandboxResponse.Events events when !(protocol instanceof SandboxChatProtocol) ->
          new SandboxResponse.Events(
              events.headers(),
              List.of(COMMENT, protocol.errorEvent(502, "Provider returned error")),
              End.COMPLETE,
              events.fault());
      case SandboxResponse.Events _, SandboxResponse.Broken _, SandboxResponse.Silence _ -> chat;
    };
  }

  /** The first {@code count} events, and the comments between them, which are not counted. */
  private static List<String> first(List<String> events, int count) {
    var some = new ArrayList<String>();
    int left = count;
    for (String event : events) {
      if (!event.startsWith(":") && left-- == 0) {
        break;
      }
      some.add(event);
    }
    return some;
  }
}
