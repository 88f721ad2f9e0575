package dev.keywheel;

import static java.util.Objects.requireNonNullElse;

import dev.keywheel.db.TransientErrors;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;

/** Keywheel, or a command, cannot start. The message says what to do. */
final class StartProblem extends Exception {
  private static final String RIGHT_MISSING =
      "The role of DATABASE_MIGRATION_URL, or else of DATABASE_URL, must own the tables and be"
          + " allowed to create more.";

  private static final String OTHER_SCHEMA =
      "The schema was changed by another build of Keywheel or by hand. Use the build that migrated"
          + " it, or a backup.";

  private static final String MIGRATION_FAILED =
      "No migration is half applied. If the schema was not changed by hand, report this message.";

  private static final String SERVER_BUSY =
      "The server was busy or unavailable for more than a minute, often because a transaction was"
          + " left open or a backup is running (pg_stat_activity lists them). No migration is half applied: start again.";

  private static final String MIGRATION_REFUSED =
      "The database is read-only, or its disk is full, and a start needs a database that accepts"
          + " changes. No migration is half applied: start again when it accepts changes.";

  StartProblem(String sentence) {
    super(sentence);
  }

  /**
   * @param database the database without its password
   * @param busy whether a retry may succeed
   */
  static StartProblem ofMigration(String database, FlywayException e, boolean busy) {
    return new StartProblem(
        "The schema of %s cannot be brought up to date (%s). %s"
            .formatted(database, reason(e), busy ? SERVER_BUSY : advice(e)));
  }

  private static String advice(FlywayException e) {
    if (TransientErrors.refusesChanges(e)) {
      return MIGRATION_REFUSED;
    }
    return TransientErrors.isOfRight(e)
        ? RIGHT_MISSING
        : e instanceof FlywayValidateException ? OTHER_SCHEMA : MIGRATION_FAILED;
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
