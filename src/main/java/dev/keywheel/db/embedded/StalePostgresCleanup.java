package dev.keywheel.db.embedded;

import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the server processes that a crash left running, and removes their PID file from the data
 * folder. PostgreSQL refuses to start while that file names an existing process, even a zombie or
 * an unrelated one that reuses the PID.
 *
 * <p>The caller must hold the lock of the folder.
 */
final class StalePostgresCleanup {
  private static final Logger log = LoggerFactory.getLogger(StalePostgresCleanup.class);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(15);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final int MAX_ROUNDS = 3;

  private final Path programs;
  private final Path pidFile;

  /**
   * @param programs folder of the server's executables
   * @param data folder of the database
   */
  StalePostgresCleanup(Path programs, Path data) {
    this.programs = programs;
    this.pidFile = data.resolve("postmaster.pid");
  }

  /**
   * Stops the processes and removes the PID file. Looks for processes again after it stopped some,
   * because a {@code pg_ctl} among them may have started a server in the meantime.
   */
  void clear() throws IOException {
    var running = running();
    if (!running.isEmpty()) {
      log.info("Stopping the remaining PostgreSQL processes");
    }
    for (int round = 0; round < MAX_ROUNDS && !running.isEmpty(); round++) {
      server().filter(running::contains).ifPresent(StalePostgresCleanup::askToStop);
      awaitEnd(running);
      running = Thread.currentThread().isInterrupted() ? List.of() : running();
    }
    if (server().isEmpty()) {
      Files.deleteIfExists(pidFile);
    }
  }

  /** The server and its children, which outlive a killed server. */
  private List<ProcessHandle> running() throws IOException {
    if (!Files.isDirectory(programs)) {
      return List.of();
    }
    Path real = programs.toRealPath();
    return ProcessHandle.allProcesses()
        .filter(
            process -> command(process).map(Path::of).filter(c -> c.startsWith(real)).isPresent())
        .toList();
  }

  /** Whether the process is a PostgreSQL; a zombie has no command line. */
  static boolean isPostgres(ProcessHandle process) {
    return command(process).filter(command -> command.contains("postgres")).isPresent();
  }

  /** The running PostgreSQL named by the PID file. */
  Optional<ProcessHandle> server() throws IOException {
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    try {
      var lines = Files.readAllLines(pidFile);
      return lines.isEmpty()
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
              .filter(StalePostgresCleanup::isPostgres);
    } catch (NumberFormatException | NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> command(ProcessHandle process) {
    return process.info().command();
  }

  /**
   * Requests a fast shutdown with SIGINT. SIGTERM would wait until all clients disconnect, even
   * clients whose process has died.
   */
  private static void askToStop(ProcessHandle server) {
    try {
      new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start().waitFor();
    } catch (IOException e) {
      server.destroy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Polls the processes, because the JDK never reports the end of a process that its parent does
   * not reap. Kills those that still run after {@link #STOP_WITHIN}.
   */
  private static void awaitEnd(List<ProcessHandle> processes) {
    var waited = new Stopwatch();
    var left = processes;
    while (!left.isEmpty() && !Thread.currentThread().isInterrupted()) {
      if (waited.elapsed().compareTo(STOP_WITHIN) > 0) {
        left.forEach(ProcessHandle::destroyForcibly);
        return;
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
      left = left.stream().filter(process -> command(process).isPresent()).toList();
    }
  }
}
