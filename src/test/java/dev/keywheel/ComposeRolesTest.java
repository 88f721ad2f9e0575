package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.DatabaseRole;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command of the service {@code roles} in compose.yaml, run by the programs of this machine.
 */
class ComposeRolesTest {
  private static final Path PSQL = Path.of("/usr/bin/psql");

  @TempDir private Path secrets = Path.of("");

  @Test
  void compose_creates_both_roles_with_the_passwords_of_the_files_and_may_run_again()
      throws Exception {
    assumeThat(PSQL).exists();
    for (var name : new String[] {"database", "owner", "app"}) {
      Files.writeString(secrets.resolve(name + "-password"), "it's of " + name + "\n");
    }
    try (var database = TestDatabase.create()) {
      run(database);
      run(database);
      for (var name : new String[] {"owner", "app"}) {
        assertThat(verifies(stored(database, name), "it's of " + name)).as(name).isTrue();
      }
      try (var application = ConnectionPool.open(database.address(), 1, ConnectionPool.Use.JOBS)) {
        assertThat(DatabaseRole.of(application))
            .isEqualTo(new DatabaseRole("keywheel_app", false, false));
      }
    }
  }

  private void run(TestDatabase database) throws Exception {
    var address = URI.create(database.superuser().jdbcUrl().substring("jdbc:".length()));
    var bash = new ProcessBuilder("bash", "-ec", command()).redirectErrorStream(true);
    bash.environment().put("PGHOST", address.getHost());
    bash.environment().put("PGPORT", Integer.toString(address.getPort()));
    bash.environment().put("PGUSER", "postgres");
    bash.environment().put("PGDATABASE", address.getPath().substring(1));
    var process = bash.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /** The block below {@code command:}, with the files of this test. */
  private String command() throws Exception {
    return Files.readAllLines(Path.of("compose.yaml")).stream()
        .dropWhile(line -> !line.equals("      - |"))
        .skip(1)
        .takeWhile(line -> line.startsWith("        "))
        .map(line -> line.substring(8))
        .collect(joining("\n"))
        .replace("$$", "$")
        .replace("/run/secrets", secrets.toString())
        .replace("/roles.sql", Path.of("db/roles.sql").toAbsolutePath().toString());
  }

  /** What the server stores of a password: SCRAM-SHA-256$iterations:salt$stored key:server key. */
  private static String stored(TestDatabase database, String name) throws Exception {
    try (var connection = DriverManager.getConnection(database.superuser().jdbcUrl());
        var query =
            connection.prepareStatement("select rolpassword from pg_authid where rolname = ?")) {
      query.setString(1, "keywheel_" + name);
      try (var row = query.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static boolean verifies(String stored, String password) throws Exception {
    var parts = stored.split("[$:]");
    assertThat(parts[0]).isEqualTo("SCRAM-SHA-256");
    var base64 = Base64.getDecoder();
    var spec =
        new PBEKeySpec(
            password.toCharArray(), base64.decode(parts[2]), Integer.parseInt(parts[1]), 256);
    var salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec);
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(salted.getEncoded(), "HmacSHA256"));
    var key = mac.doFinal("Client Key".getBytes(UTF_8));
    return Arrays.equals(MessageDigest.getInstance("SHA-256").digest(key), base64.decode(parts[3]));
  }
}
