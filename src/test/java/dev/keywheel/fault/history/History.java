package dev.keywheel.fault.history;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The requests of clients and the answers, in order of time. */
final class History {
  private final Path file;
  private final List<Action> actions = new ArrayList<>();

  History(Path file) {
    this.file = file;
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  enum Kind {
    GENERATE,
    CANCEL,
    RETRY,
    IMPORT,
    DISABLE,
    ENABLE,
    DELETE,
    TEST_ALL,
    SIGN_IN,
    /** A request to the gateway; its answer is a {@link GatewayClients.Answer}. */
    ASK
  }

  enum Result {
    /** Acknowledged: the change must be in the database. */
    OK,
    /** Refused: the change must not have been made. */
    REFUSED,
    /** No answer, or an answer about a server error: the change may have been made. */
    UNKNOWN
  }

  /**
   * One request with its answer.
   *
   * @param subject a request id, or the id of a run, key or import
   * @param status of the answer; 0 if there was none
   * @param answer the redirect, or the message
   */
  record Action(
      Kind kind,
      int node,
      String subject,
      Instant invoked,
      Instant completed,
      Result result,
      int status,
      String answer) {}

  synchronized void add(Action action) {
    actions.add(action);
    try {
      Files.writeString(file, action + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized List<Action> actions() {
    return List.copyOf(actions);
  }
}
