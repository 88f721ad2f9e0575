package dev.keywheel.gateway.stream;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** The kind of a body by its first bytes: no JSON begins like a field or comment of an event. */
public enum StreamStart {
  EVENTS,
  OTHER,
  /** There are too few bytes to decide. */
  UNDECIDED;

  private static final int MAX_BYTES = 1_024;

  /** Number of bytes of the byte order mark in UTF-8. */
  private static final int MARK_BYTES = 3;

  /** The kind of a body labelled as a stream: events unless it begins like JSON or HTML. */
  public static StreamStart ofLabelled(byte[] body) {
    String begun = beginning(body).stripLeading();
    if (begun.isEmpty() || isPartOfMark(body)) {
      return body.length < MAX_BYTES ? UNDECIDED : EVENTS;
    }
    return "{[<".indexOf(begun.charAt(0)) < 0 ? EVENTS : OTHER;
  }

  public static StreamStart of(byte[] body) {
    String first = beginning(body);
    if (isPartOfMark(body)) {
      return UNDECIDED;
    }
    String begun = first.stripLeading();
    int blanks = first.length() - begun.length();
    if (!begun.isEmpty() && blanks > 0 && "\r\n".indexOf(first.charAt(blanks - 1)) < 0) {
      return OTHER; // a leading blank is part of the field name, so this is no known field
    }
    if (Stream.of(":", "data:", "event:", "id:", "retry:").anyMatch(begun::startsWith)) {
      return EVENTS;
    }
    boolean undecided =
        body.length < MAX_BYTES
            && Stream.of("data:", "event:", "id:", "retry:")
                .anyMatch(name -> name.startsWith(begun));
    return undecided ? UNDECIDED : OTHER;
  }

  private static String beginning(byte[] body) {
    var text = new String(body, 0, Math.min(body.length, MAX_BYTES), StandardCharsets.UTF_8);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static boolean isPartOfMark(byte[] body) {
    return body.length < MARK_BYTES && beginning(body).equals("\uFFFD");
  }
}
