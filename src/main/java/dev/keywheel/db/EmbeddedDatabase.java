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
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bundled PostgreSQL. It keeps its data in a folder and syncs to disk. Only {@link #close}
 * stops it; one orphaned by a killed process is stopped before the start.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  /** Crash recovery may replay log; a normal start takes about half a second. */
  private static final Duration START_WITHIN = Duration.ofSeconds(60);

  private static final String PROGRAMS = "postgres-bin";
  private static final String DATA = "postgres";

  private final EmbeddedPostgres postgres;
  private final LocalPassword password;
  private final FileChannel lockFile;

  private EmbeddedDatabase(
      EmbeddedPostgres postgres, LocalPassword password, FileChannel lockFile) {
    this.postgres = postgres;
    this.password = password;
    this.lockFile = lockFile;
  }

  /**
   * Starts it on the data in {@code home}, which is created if missing.
   *
   * @param random for the password of a new database
   * @throws FolderInUse when another running Keywheel uses this folder
   */
  public static EmbeddedDatabase open(Path home, SecureRandom random)
      throws IOException, FolderInUse {
    Files.createDirectories(home);
    var lockFile = lock(home);
    try {
      new StalePostgresCleanup(home.resolve(PROGRAMS), home.resolve(DATA)).clear();
      var password = LocalPassword.of(home, home.resolve(DATA), random);
      var postgres =
          EmbeddedPostgres.builder()
              .setOverrideWorkingDirectory(home.resolve(PROGRAMS).toFile())
              .setDataDirectory(home.resolve(DATA))
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false) // stopped last, by its owner
              .setPGStartupWait(START_WITHIN)
              .setConnectConfig("password", password.text())
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("max_connections", "100")
              .start();
      secure(home, postgres, password);
      return new EmbeddedDatabase(postgres, password, lockFile);
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  private static void secure(Path home, EmbeddedPostgres postgres, LocalPassword password)
      throws IOException {
    var programs = home.resolve(PROGRAMS);
    var url = postgres.getJdbcUrl("postgres", "postgres");
    try {
      if (Files.exists(programs)) { // a second instance in one process uses the first's folder
        Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwx------"));
      }
      try (var superuser = DriverManager.getConnection(url, "postgres", password.text())) {
        password.demand(superuser);
      }
    } catch (IOException | SQLException | RuntimeException e) {
      postgres.close();
      throw new IOException("its password could not be set: " + e.getMessage(), e);
    }
  }

  /** The address and credentials of the owner role. The server listens on loopback only. */
  public DatabaseAddress address() {
    return new DatabaseAddress(
        postgres.getJdbcUrl("postgres", "postgres"),
        Optional.of("postgres"),
        Optional.of(password.text()));
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

  @Override
  public void close() {
    try {
      postgres.close();
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another running Keywheel uses the same folder. */
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
