package dev.keywheel.log;

import java.util.UUID;

/**
 * What a stream belongs to.
 *
 * @param number the run's number; 0 for a recovery
 * @param live whether more lines may come
 */
public record StreamInfo(UUID id, StreamKind kind, long number, boolean live) {

  /** How people call it: {@code Run 12}, {@code Recovery}. */
  public String label() {
    return kind == StreamKind.RUN ? "Run " + number : "Recovery";
  }

  /** The address of its page. */
  public String path() {
    return (kind == StreamKind.RUN ? "/runs/" : "/recovery/") + id;
  }
}
