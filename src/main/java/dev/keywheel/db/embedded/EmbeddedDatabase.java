package dev.keywheel.db.embedded;

import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.TextResource;
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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bundled PostgreSQL. It keeps its data in a folder and syncs commits to disk. Only {@link
 * #close} stops it: a server that ends by itself is started again. A server orphaned by a killed
 * process is stopped before a new one starts.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  /** Major version of the bundled PostgreSQL, which reads only data of this version. */
  public static final String VERSION = "18";

  private static final String PROGRAMS = "postgres-bin";
  private static final String LOCK = "keywheel.lock";
  private static final String DATA = "postgres";

  /** The library never releases its lock after a start that failed. */
  private static final String LIBRARY_LOCK = "epg-lock";

  private static final String DATABASE = "postgres";
  private static final String OWNER = "keywheel_owner";
  private static final String APPLICATION = "keywheel_app";

  private final RestartingServer postgres;
  private final Map<String, String> passwords;
  private final FileChannel lockFile;

  private EmbeddedDatabase(
      RestartingServer postgres, Map<String, String> passwords, FileChannel lockFile) {
    this.postgres = postgres;
    this.passwords = passwords;
    this.lockFile = lockFile;
  }

  /**
   * Starts the server with the data in {@code home}, which is created if missing.
   *
   * @param random generates the passwords
   * @throws FolderInUse when another running Keywheel uses this folder
   */
  public static EmbeddedDatabase open(Path home, SecureRandom random)
      throws IOException, FolderInUse {
    return open(home, new ServerPrograms(home.resolve(PROGRAMS)), random);
  }

  static EmbeddedDatabase open(Path home, ServerPrograms programs, SecureRandom random)
      throws IOException, FolderInUse {
    Files.createDirectories(home);
    var lockFile = lock(home);
    try {
      var data = home.resolve(DATA);
      var cleanup = new StalePostgresCleanup(programs.folder(), data);
      cleanup.clear();
      var superuser = LocalPassword.of(home, data, random);
      int port = FreePort.find(random);
      var postgres =
          RestartingServer.start(
              within -> start(data, programs, superuser, port, within),
              data,
              cleanup,
              RestartingServer.FIRST_PAUSE);
      // new at each start, never stored
      var passwords =
          Map.of(OWNER, LocalPassword.make(random), APPLICATION, LocalPassword.make(random));
      try {
        createRoles(postgres, superuser, passwords);
      } catch (IOException | RuntimeException | Error e) {
        postgres.close();
        throw e;
      }
      return new EmbeddedDatabase(postgres, passwords, lockFile);
    } catch (UncheckedIOException e) {
      lockFile.close();
      throw e.getCause();
    } catch (IOException | RuntimeException | Error e) {
      lockFile.close();
      throw e;
    }
  }

  /**
   * @throws IOException when the server does not answer in time; the message is the server's own
   *     reason if it gave one
   */
  static EmbeddedPostgres start(
      Path data, ServerPrograms programs, LocalPassword superuser, int port, Duration within)
      throws IOException {
    Files.deleteIfExists(data.resolve(LIBRARY_LOCK));
    ServerMessages.clear();
    try {
      return builder(data, programs, superuser, port).setPGStartupWait(within).start();
    } catch (IOException | IllegalStateException e) {
      var reasons = ServerMessages.reasons();
      if (reasons.isEmpty()) {
        throw e;
      }
      var failed = new IOException(reasons);
      failed.addSuppressed(e);
      throw failed;
    }
  }

  private static EmbeddedPostgres.Builder builder(
      Path data, ServerPrograms programs, LocalPassword superuser, int port) {
    return EmbeddedPostgres.builder()
        .setPgBinaryResolver(programs)
        .setOverrideWorkingDirectory(programs.folder().toFile())
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setPort(port)
        .setRegisterShutdownHook(false) // the caller stops it last
        .setConnectConfig("password", superuser.text())
        // further options of initdb: they follow the library's -A trust and override it
        .setLocaleConfig("auth", "scram-sha-256")
        .setLocaleConfig("pwfile", superuser.file().toString())
        .setDataDirectoryCustomizer(initialised -> protect(programs, superuser))
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on")
        .setServerConfig("max_connections", "100")
        // no socket file: its lock file would name the killed server, which still exists while it
        // is a zombie
        .setServerConfig("unix_socket_directories", "");
  }

  /**
   * Restricts the programs' folder to its owner and makes the server require the password, before
   * the server starts.
   */
  private static void protect(ServerPrograms programs, LocalPassword superuser) {
    try {
      Files.setPosixFilePermissions(
          programs.folder(), PosixFilePermissions.fromString("rwx------"));
      superuser.require(programs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void createRoles(
      RestartingServer postgres, LocalPassword superuser, Map<String, String> passwords)
      throws IOException {
    var url = postgres.jdbcUrl("postgres", DATABASE);
    try (var connection = DriverManager.getConnection(url, "postgres", superuser.text());
        var statement = connection.createStatement()) {
      statement.execute(TextResource.read("db/roles.sql"));
      for (var role : passwords.entrySet()) {
        statement.execute("alter role %s password '%s'".formatted(role.getKey(), role.getValue()));
      }
    } catch (SQLException e) {
      throw new IOException("its roles could not be set up: " + e.getMessage(), e);
    }
  }

  /** Login of the role that reads and writes rows. The server listens on loopback only. */
  public DatabaseAddress address() {
    return as(APPLICATION);
  }

  /** Login of the role that owns the tables, for migrations. */
  public DatabaseAddress owner() {
    return as(OWNER);
  }

  private DatabaseAddress as(String role) {
    return new DatabaseAddress(
        postgres.jdbcUrl(role, DATABASE),
        Optional.of(role),
        Optional.ofNullable(passwords.get(role)));
  }

  /** The major version of PostgreSQL that wrote the data in this folder; empty without data. */
  public static Optional<String> versionOf(Path home) throws IOException {
    var file = home.resolve(DATA).resolve("PG_VERSION");
    return Optional.of(Files.exists(file) ? Files.readString(file).strip() : "")
        .filter(version -> !version.isEmpty()); // the file is empty at first
  }

  /** Whether another running Keywheel uses this folder. */
  public static boolean isInUse(Path home) {
    if (!Files.exists(home.resolve(LOCK))) {
      return false;
    }
    try (var _ = lock(home)) {
      return false;
    } catch (FolderInUse e) {
      return true;
    } catch (IOException e) {
      return false; // starting the database reports the error
    }
  }

  private static FileChannel lock(Path home) throws IOException, FolderInUse {
    var file =
        FileChannel.open(home.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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
    try (lockFile) {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another running Keywheel uses the same folder. */
  public static final class FolderInUse extends Exception {
    FolderInUse(Path home) {
      super(
          "The data folder "
              + home.toAbsolutePath()
              + " is in use by another running Keywheel. Stop that one, or set KEYWHEEL_DATA to another folder.");
    }
  }
}
