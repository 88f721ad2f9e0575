package dev.keywheel.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a killed Keywheel, or a killed PostgreSQL, left in the data folder: server processes that
 * belong to nobody, and a file that names a process of the past. PostgreSQL itself refuses to start
 * as long as that file names any living process, or one that is dead but not yet buried, and the
 * number may have been given to an unrelated one since.
 *
 * <p>May only be cleared by whoever holds the folder's lock.
 */
final class StalePostgresCleanup {
  private static final Logger log = LoggerFactory.getLogger(StalePostgresCleanup.class);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(15);

  private final Path programs;
  private final Path pidFile;

  /**
   * @param programs folder that the server's programs are run from
   * @param data folder of the database
   */
  StalePostgresCleanup(Path programs, Path data) {
    this.programs = programs;
    this.pidFile = data.resolve("postmaster.pid");
  }

  void clear() throws IOException {
    var running = running();
    if (!running.isEmpty()) {
      log.info("Stopping the PostgreSQL that an earlier, killed Keywheel left behind");
      server().ifPresent(StalePostgresCleanup::askToStop);
      awaitEnd(running);
    }
    if (server().isEmpty()) {
      Files.deleteIfExists(pidFile);
    }
  }

  /** The server and its children: a server that was killed dies before they do. */
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

  /** The living PostgreSQL that the file names; a dead one has no command any more. */
  private Optional<ProcessHandle> server() throws IOException {
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    try {
      var lines = Files.readAllLines(pidFile);
      return lines.isEmpty()
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
              .filter(process -> command(process).filter(c -> c.contains("postgres")).isPresent());
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> command(ProcessHandle process) {
    return process.info().command();
  }

  /**
   * PostgreSQL's "fast shutdown" is SIGINT; SIGTERM would wait for clients that died with their
   * process.
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

  private static void awaitEnd(List<ProcessHandle> processes) {
    var ends = processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(ends).get(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      processes.stream()
          .filter(p -> command(p).isPresent())
          .forEach(ProcessHandle::destroyForcibly);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
