package dev.keywheel.db;

import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @Test
  void it_keeps_its_data_syncs_to_disk_and_refuses_a_second_start(@TempDir Path home)
      throws Exception {
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      query(postgres, "create table kept as select 1 as one");
      assertThat(query(postgres, "show fsync")).isEqualTo("on");
      assertThat(query(postgres, "show synchronous_commit")).isEqualTo("on");
      assertThatThrownBy(() -> EmbeddedDatabase.open(home, RANDOM))
          .isInstanceOf(EmbeddedDatabase.FolderInUse.class)
          .hasMessageContaining(home.toString())
          .hasMessageContaining("KEYWHEEL_DATA");
    }
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertThat(query(postgres, "select one from kept")).isEqualTo("1");
    }
  }

  @Test
  void it_asks_everybody_for_a_password_that_only_its_owner_can_read(@TempDir Path home)
      throws Exception {
    var file = home.resolve("postgres-password");
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertRefused(postgres, null);
      assertRefused(postgres, "postgres");
      assertThat(Files.getPosixFilePermissions(file))
          .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
      var programs = home.resolve("postgres-bin");
      if (Files.exists(programs)) { // else another test's database of this process has them
        assertThat(Files.getPosixFilePermissions(programs))
            .doesNotContain(GROUP_WRITE, OTHERS_WRITE, OTHERS_EXECUTE);
      }
      assertThat(postgres.address().toString()).doesNotContain(Files.readString(file).strip());
    }
    var first = Files.readString(file);
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertThat(Files.readString(file)).as("kept").isEqualTo(first);
    }
    Files.delete(file);
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertThat(Files.readString(file)).as("lost, and made anew").isNotEqualTo(first);
      assertRefused(postgres, first.strip());
    }
  }

  @Test
  void a_folder_of_before_there_was_a_password_gets_one(@TempDir Path home) throws Exception {
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      query(postgres, "create table kept as select 1 as one");
    }
    Files.delete(home.resolve("postgres-password"));
    Files.writeString(home.resolve("postgres/pg_hba.conf"), "host all all 127.0.0.1/32 trust\n");
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertThat(query(postgres, "select one from kept")).isEqualTo("1");
      assertRefused(postgres, null);
    }
  }

  private static void assertRefused(EmbeddedDatabase postgres, @Nullable String password) {
    assertThatThrownBy(
            () -> DriverManager.getConnection(postgres.address().jdbcUrl(), "postgres", password))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password");
  }

  @Test
  void a_number_left_by_a_killed_server_and_given_to_another_process_hinders_no_start(
      @TempDir Path home) throws Exception {
    var pidFile = home.resolve("postgres/postmaster.pid");
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      query(postgres, "create table kept as select 1 as one");
    }
    Files.writeString(pidFile, ProcessHandle.current().pid() + "\n" + home + "\n");
    try (var postgres = EmbeddedDatabase.open(home, RANDOM)) {
      assertThat(query(postgres, "select one from kept")).isEqualTo("1");
    }
  }

  private static String query(EmbeddedDatabase postgres, String sql) {
    try (var pool = ConnectionPool.open(postgres.address(), 1, ConnectionPool.Use.JOBS)) {
      return new Database(pool)
          .read(
              dsl -> {
                if (sql.startsWith("create")) {
                  dsl.execute(sql);
                  return "";
                }
                return String.valueOf(dsl.fetchValue(sql));
              });
    }
  }
}
