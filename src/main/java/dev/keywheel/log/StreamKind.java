package dev.keywheel.log;

import dev.keywheel.db.StoredEnum;

/** The kind of owner of a log stream. */
public enum StreamKind implements StoredEnum {
  RUN,
  RECOVERY,
  /** A request of the gateway; it has a stream only if a line was logged for it. */
  REQUEST;

  static StreamKind of(String code) {
    return StoredEnum.of(StreamKind.class, code);
  }
}
