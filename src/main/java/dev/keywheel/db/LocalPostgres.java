package dev.keywheel.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL that Keywheel brings itself, for whoever has none. It keeps its data in a folder,
 * syncs to disk like any other PostgreSQL and is stopped with the process; one that a killed
 * process left behind is stopped first.
 */
public final class LocalPostgres implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalPostgres.class);

  /** Recovery after a crash may replay some log; a healthy start takes about half a second. */
  private static final Duration START_WITHIN = Duration.ofSeconds(60);

  private static final Duration STOP_WITHIN = Duration.ofSeconds(15);

  private final EmbeddedPostgres postgres;
  private final FileChannel lockFile;

  private LocalPostgres(EmbeddedPostgres postgres, FileChannel lockFile) {
    this.postgres = postgres;
    this.lockFile = lockFile;
  }

  /**
   * Starts it on the data in {@code home}, which is made when missing.
   *
   * @throws FolderInUse when another live Keywheel has this folder
   */
  public static LocalPostgres open(Path home) throws IOException, FolderInUse {
    Files.createDirectories(home);
    var lockFile = lock(home);
    try {
      stopOrphan(home.resolve("postgres/postmaster.pid"));
      var postgres =
          EmbeddedPostgres.builder()
              .setOverrideWorkingDirectory(home.resolve("postgres-bin").toFile())
              .setDataDirectory(home.resolve("postgres"))
              .setCleanDataDirectory(false)
              .setPGStartupWait(START_WITHIN)
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("max_connections", "100")
              .start();
      return new LocalPostgres(postgres, lockFile);
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /** The database as its owner; it listens on the loopback address only. */
  public DatabaseAddress address() {
    return new DatabaseAddress(
        postgres.getJdbcUrl("postgres", "postgres"), Optional.empty(), Optional.empty());
  }

  private static FileChannel lock(Path home) throws IOException, FolderInUse {
    var file =
        FileChannel.open(
            home.resolve("keywheel.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(file) == null) {
      file.close();
      throw new FolderInUse(home);
    }
    return file;
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** We hold the folder's lock, so a PostgreSQL that still runs on it belongs to nobody. */
  private static void stopOrphan(Path pidFile) throws IOException {
    if (!Files.exists(pidFile)) {
      return;
    }
    var orphan = processNamedIn(Files.readAllLines(pidFile));
    if (orphan.isPresent()) {
      log.info("Stopping the PostgreSQL that an earlier, killed Keywheel left behind");
      stop(orphan.get());
    }
  }

  private static Optional<ProcessHandle> processNamedIn(List<String> pidFile) {
    try {
      return pidFile.isEmpty()
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(pidFile.getFirst().strip()))
              .filter(LocalPostgres::isPostgres);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The number may have been given to an unrelated process since. */
  private static boolean isPostgres(ProcessHandle process) {
    return process.isAlive()
        && process.info().command().map(command -> command.contains("postgres")).orElse(false);
  }

  private static void stop(ProcessHandle orphan) {
    // PostgreSQL's "fast shutdown" is SIGINT; SIGTERM waits for clients that died with their
    // process.
    try {
      new ProcessBuilder("kill", "-INT", Long.toString(orphan.pid())).start().waitFor();
      orphan.onExit().get(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException | IOException e) {
      orphan.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      postgres.close();
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another live Keywheel works on the same folder. */
  public static final class FolderInUse extends Exception {
    private static final long serialVersionUID = 1L;

    FolderInUse(Path home) {
      super(
          "The data folder "
              + home.toAbsolutePath()
              + " is in use by another running Keywheel. Stop that one, or set KEYWHEEL_DATA to another folder.");
    }
  }
}
