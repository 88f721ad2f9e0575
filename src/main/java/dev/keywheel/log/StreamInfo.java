package dev.keywheel.log;

import java.util.UUID;

/**
 * The owner of a stream.
 *
 * @param number the run's number; 0 for a recovery or a request
 * @param live whether more lines may follow
 */
public record StreamInfo(UUID id, StreamKind kind, long number, boolean live) {

  /** The name on the screen: {@code Run 12}, {@code Recovery}. */
  public String label() {
    return switch (kind) {
      case RUN -> "Run " + number;
      case RECOVERY -> "Recovery";
      case REQUEST -> "Request";
    };
  }

  /** The path of the owner's page. */
  public String path() {
    return switch (kind) {
          case RUN -> "/runs/";
          case RECOVERY -> "/recovery/";
          case REQUEST -> "/gateway/requests/";
        }
        + id;
  }

  /**
   * Like {@link #path()}, but the page of a run opens at this line, even if the line is not among
   * the latest ones.
   */
  public String path(LogEntry line) {
    return kind == StreamKind.RUN ? path() + "#l" + line.seq() : path();
  }
}
