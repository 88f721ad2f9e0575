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
 * The password of the embedded database. A new PostgreSQL lets in everybody who has an account on
 * the machine; this one asks for what is in a file that only its owner may read.
 */
final class LocalPassword {
  private static final int BYTES = 24;

  /** PostgreSQL reads the first rule that fits; everybody gives the password. */
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
   * Reads it, or makes one. To be called before the server starts: a server whose password was lost
   * is opened to this machine for the moment until it has the new one.
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

  /** Has the server ask for it, unless it does so already. The file is there before that. */
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
      written.force(true); // before the role has it: a power cut must not leave an empty file
    }
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
