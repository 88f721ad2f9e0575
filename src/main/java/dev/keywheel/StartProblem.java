package dev.keywheel;

import static java.util.Objects.requireNonNullElse;

import dev.keywheel.db.TransientErrors;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Keywheel, or a command, cannot start. The message says what to do. */
final class StartProblem extends Exception {
  StartProblem(String sentence) {
    super(sentence);
  }

  /**
   * The first line of the root cause. If the message is only a host or a path, the line also says
   * what is wrong with it.
   */
  static String reason(Throwable e) {
    Throwable cause = TransientErrors.rootCause(e);
    String message = requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
    String line = message.lines().findFirst().orElse("no reason given").strip();
    return switch (cause) {
      case UnknownHostException _ -> "unknown host " + line;
      case NoSuchFileException _ -> "no such file or folder: " + line;
      case AccessDeniedException _ -> "access denied: " + line;
      case FileAlreadyExistsException _ -> "not a folder: " + line;
      default -> line;
    };
  }
}
