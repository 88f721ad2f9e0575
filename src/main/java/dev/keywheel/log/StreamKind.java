package dev.keywheel.log;

import java.util.Locale;

/** The kind of owner of a log stream. */
public enum StreamKind {
  RUN,
  RECOVERY,
  /** A request of the gateway; it has a stream only when there is something to tell. */
  REQUEST;

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  static StreamKind of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
