package dev.keywheel.db.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The superuser's password of the embedded database, in a file readable by its owner only. The
 * server requires it from its first start on: a new database is initialised with it. A database
 * whose password file is missing gets a new password before the server listens.
 */
final class LocalPassword {
  private static final int BYTES = 24;

  /** The contents of {@code pg_hba.conf}. PostgreSQL uses the first matching rule. */
  private static final String RULES =
      """
      # Written by Keywheel at each start. Every connection needs a password.
      local all all scram-sha-256
      host  all all 127.0.0.1/32 scram-sha-256
      host  all all ::1/128 scram-sha-256
      """;

  private final Path file;
  private final Path data;
  private final String password;
  private final boolean passwordLost;

  private LocalPassword(Path file, Path data, String password, boolean passwordLost) {
    this.file = file;
    this.data = data;
    this.password = password;
    this.passwordLost = passwordLost;
  }

  /**
   * Reads the password, or creates one.
   *
   * @param data folder of the database, initialised or not
   */
  static LocalPassword of(Path home, Path data, SecureRandom random) throws IOException {
    var file = home.resolve("postgres-password");
    if (Files.exists(file)) {
      return new LocalPassword(file, data, Files.readString(file).strip(), false);
    }
    var made =
        new LocalPassword(file, data, make(random), Files.exists(data.resolve("PG_VERSION")));
    if (!made.passwordLost) {
      made.store();
    }
    return made;
  }

  /** 24 random bytes as letters, digits, {@code -} and {@code _}, which need no escaping in SQL. */
  static String make(SecureRandom random) {
    var bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  String text() {
    return password;
  }

  Path file() {
    return file;
  }

  /** Makes the server require the password. The database must be initialised and not running. */
  void require(ServerPrograms programs) throws IOException {
    if (passwordLost) {
      programs.execute(data, "alter role postgres password '" + password + "'");
      store();
    }
    Files.writeString(data.resolve("pg_hba.conf"), RULES);
  }

  private void store() throws IOException {
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    var fresh = Files.createTempFile(file.toAbsolutePath().getParent(), "password", "", onlyOwner);
    try (var written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      written.write(ByteBuffer.wrap((password + "\n").getBytes(StandardCharsets.UTF_8)));
      written.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
