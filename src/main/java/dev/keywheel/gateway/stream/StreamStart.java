package dev.keywheel.gateway.stream;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** What the first bytes of a body tell: no JSON begins like a field or a comment of an event. */
public enum StreamStart {
  EVENTS,
  OTHER,
  /** There are too few bytes. */
  UNDECIDED;

  private static final int LONGEST = 1_024;

  /** Bytes of the byte order mark in UTF-8. */
  private static final int MARK = 3;

  public static StreamStart of(byte[] body) {
    var text = new String(body, 0, Math.min(body.length, LONGEST), StandardCharsets.UTF_8);
    String first = text.startsWith("\uFEFF") ? text.substring(1) : text;
    if (body.length < MARK && text.equals("\uFFFD")) {
      return UNDECIDED; // perhaps a part of the mark
    }
    String begun = first.stripLeading();
    int blanks = first.length() - begun.length();
    if (!begun.isEmpty() && blanks > 0 && "\r\n".indexOf(first.charAt(blanks - 1)) < 0) {
      return OTHER; // in events, a blank before a field makes another field of it
    }
    if (Stream.of(":", "data:", "event:", "id:", "retry:").anyMatch(begun::startsWith)) {
      return EVENTS;
    }
    boolean undecided =
        body.length < LONGEST
            && Stream.of("data:", "event:", "id:", "retry:")
                .anyMatch(name -> name.startsWith(begun));
    return undecided ? UNDECIDED : OTHER;
  }
}
