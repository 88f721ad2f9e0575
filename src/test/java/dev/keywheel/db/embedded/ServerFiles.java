package dev.keywheel.db.embedded;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;

/**
 * The server's programs, unpacked once for a test class, and a data folder with the table {@code
 * kept}, which tests copy: to initialise a folder takes longer than most tests.
 */
record ServerFiles(Path programs, Path initialised) {
  static final SecureRandom RANDOM = new SecureRandom();

  static ServerFiles in(Path folder) throws Exception {
    var files = new ServerFiles(folder.resolve("programs"), folder.resolve("initialised"));
    try (var postgres = files.open(files.initialised)) {
      execute(postgres.owner(), "create table kept as select 1 as one");
    }
    return files;
  }

  EmbeddedDatabase open(Path home) throws Exception {
    return EmbeddedDatabase.open(home, new ServerPrograms(programs), RANDOM);
  }

  /** Opens a copy of the initialised folder. */
  EmbeddedDatabase openCopy(Path home) throws Exception {
    copyTo(home);
    return open(home);
  }

  /** Copies the initialised folder. */
  void copyTo(Path home) throws IOException {
    try (var all = Files.walk(initialised)) {
      for (var file : (Iterable<Path>) all::iterator) {
        var copy = home.resolve(initialised.relativize(file));
        if (Files.notExists(copy, LinkOption.NOFOLLOW_LINKS)) {
          Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
  }

  static void execute(DatabaseAddress address, String sql) {
    try (var pool = ConnectionPool.open(address, 1, ConnectionPool.Use.JOBS)) {
      new Database(pool).read(dsl -> dsl.execute(sql));
    }
  }

  static String query(DatabaseAddress address, String sql) {
    try (var pool = ConnectionPool.open(address, 1, ConnectionPool.Use.JOBS)) {
      return new Database(pool).read(dsl -> String.valueOf(dsl.fetchValue(sql)));
    }
  }

  /** The value in the row of the initialised database. */
  static String kept(DatabaseAddress address) {
    return query(address, "select one from kept");
  }
}
