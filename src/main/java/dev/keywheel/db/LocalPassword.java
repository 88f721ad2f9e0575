package dev.keywheel.db;

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
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;

/**
 * The password of the embedded database, in a file readable by its owner only. By default a new
 * PostgreSQL trusts every local account.
 */
final class LocalPassword {
  private static final int BYTES = 24;

  /** PostgreSQL uses the first matching rule; every connection requires the password. */
  private static final String RULES =
      """
      # Written by Keywheel: nobody comes in without the password in the file beside this folder.
      local all all scram-sha-256
      host  all all 127.0.0.1/32 scram-sha-256
      host  all all ::1/128 scram-sha-256
      """;

  private static final String OPEN_RULES = RULES.replace("scram-sha-256", "trust");

  private final Path file;
  private final Path rules;
  private final String password;

  private LocalPassword(Path file, Path rules, String password) {
    this.file = file;
    this.rules = rules;
    this.password = password;
  }

  /**
   * Reads the password, or creates one. Must be called before the server starts: if the password
   * was lost, local access is open until the new one is set.
   *
   * @param data folder of the database
   */
  static LocalPassword of(Path home, Path data, SecureRandom random) throws IOException {
    var file = home.resolve("postgres-password");
    var rules = data.resolve("pg_hba.conf");
    if (Files.exists(file)) {
      return new LocalPassword(file, rules, Files.readString(file).strip());
    }
    if (Files.exists(rules)) {
      Files.writeString(rules, OPEN_RULES);
    }
    var bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new LocalPassword(
        file, rules, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  String text() {
    return password;
  }

  /** Makes the server require the password, unless it does already. The file exists before that. */
  void demand(Connection superuser) throws IOException, SQLException {
    if (Files.readString(rules).equals(RULES)) {
      return;
    }
    try (var statement = superuser.createStatement()) {
      statement.execute("alter role postgres password '" + password + "'");
      keep();
      Files.writeString(rules, RULES);
      statement.execute("select pg_reload_conf()");
    }
  }

  private void keep() throws IOException {
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    var fresh = Files.createTempFile(file.toAbsolutePath().getParent(), "password", "", onlyOwner);
    try (var written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      written.write(ByteBuffer.wrap((password + "\n").getBytes(StandardCharsets.UTF_8)));
      written.force(true); // the role gets it only once it is on disk
    }
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
