package dev.keywheel.db.embedded;

import static dev.keywheel.db.embedded.ServerFiles.execute;
import static dev.keywheel.db.embedded.ServerFiles.kept;
import static dev.keywheel.db.embedded.ServerFiles.query;
import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseRole;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("full")
class EmbeddedDatabaseTest {
  private static ServerFiles files;

  @BeforeAll
  static void initialise(@TempDir Path folder) throws Exception {
    files = ServerFiles.in(folder);
  }

  @Test
  void the_embedded_database_keeps_its_data_syncs_to_disk_and_refuses_a_second_start(
      @TempDir Path home) throws Exception {
    try (var postgres = files.openCopy(home)) {
      execute(postgres.owner(), "update kept set one = 2");
      assertThat(query(postgres.owner(), "show fsync")).isEqualTo("on");
      assertThat(query(postgres.owner(), "show synchronous_commit")).isEqualTo("on");
      assertThatThrownBy(() -> open(home))
          .isInstanceOf(EmbeddedDatabase.FolderInUse.class)
          .hasMessageContaining(home.toString())
          .hasMessageContaining("KEYWHEEL_DATA");
    }
    try (var postgres = open(home)) {
      assertThat(kept(postgres.owner())).isEqualTo("2");
    }
  }

  @Test
  void the_embedded_database_requires_a_password_that_only_its_owner_can_read(@TempDir Path home)
      throws Exception {
    var file = home.resolve("postgres-password");
    try (var postgres = open(home)) {
      assertRefused(postgres, null);
      assertRefused(postgres, "postgres");
      assertThat(Files.getPosixFilePermissions(file))
          .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
      assertThat(Files.getPosixFilePermissions(files.programs()))
          .doesNotContain(GROUP_WRITE, OTHERS_WRITE, OTHERS_EXECUTE);
      assertThat(postgres.address().toString()).doesNotContain(Files.readString(file).strip());
    }
    var first = Files.readString(file);
    try (var postgres = open(home)) {
      assertThat(Files.readString(file)).as("after a restart").isEqualTo(first);
    }
    Files.delete(file);
    try (var postgres = open(home)) {
      assertThat(Files.readString(file)).as("replaced after it was lost").isNotEqualTo(first);
      assertRefused(postgres, first.strip());
    }
  }

  @Test
  void a_password_that_the_server_did_not_get_is_not_stored(@TempDir Path home) throws Exception {
    files.copyTo(home);
    Files.delete(home.resolve("postgres-password"));
    var failing = new ServerPrograms(home.resolve("failing"));
    var server = failing.folder().resolve("one/bin/postgres");
    Files.createDirectories(server.getParent());
    Files.createFile(failing.folder().resolve("one/.exists"));
    Files.writeString(server, "#!/bin/sh\necho error while loading shared libraries\nexit 127\n");
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
    var password = LocalPassword.of(home, home.resolve("postgres"), ServerFiles.RANDOM);
    assertThatThrownBy(() -> password.require(failing))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("exit code 127")
        .hasMessageContaining("error while loading shared libraries");
    assertThat(home.resolve("postgres-password")).doesNotExist();
  }

  @Test
  void no_connection_without_the_password_is_accepted_at_any_moment_of_a_start(@TempDir Path home)
      throws Exception {
    var first = Intruder.during(home, () -> open(home));
    assertThat(first.accepted()).isZero();
    assertThat(first.refused()).as("attempts while it started").isPositive();
    downgrade(home);
    Files.delete(home.resolve("postgres-password"));
    var upgrade = Intruder.during(home, () -> open(home));
    assertThat(upgrade.accepted()).isZero();
    assertThat(upgrade.refused()).as("attempts while it was upgraded").isPositive();
  }

  @Test
  void the_server_writes_data_of_the_version_that_is_compared_with_existing_data()
      throws IOException {
    assertThat(EmbeddedDatabase.versionOf(files.initialised())).contains(EmbeddedDatabase.VERSION);
  }

  @Test
  void a_start_that_fails_reports_the_reason_of_the_server(@TempDir Path home) throws Exception {
    files.copyTo(home);
    var data = home.resolve("postgres");
    Files.delete(data.resolve("global/pg_control"));
    var password = LocalPassword.of(home, data, ServerFiles.RANDOM);
    var within = Duration.ofSeconds(1);
    assertThatThrownBy(
            () ->
                EmbeddedDatabase.start(
                    data,
                    new ServerPrograms(files.programs()),
                    password,
                    FreePort.find(ServerFiles.RANDOM),
                    within))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("could not find the database system");
  }

  @Test
  void a_data_folder_without_the_roles_gets_them_and_keeps_its_rows(@TempDir Path home)
      throws Exception {
    files.copyTo(home);
    downgrade(home);
    try (var postgres = open(home)) {
      assertThat(kept(postgres.owner())).isEqualTo("1");
      assertThat(
              query(postgres.owner(), "select tableowner from pg_tables where tablename = 'kept'"))
          .isEqualTo("keywheel_owner");
      assertThat(
              query(
                  postgres.owner(),
                  "select pg_get_userbyid(proowner) from pg_proc where proname = 'f'"))
          .isEqualTo("keywheel_owner");
      execute(postgres.owner(), "create index on kept (one)");
      assertRefused(postgres, null);
    }
  }

  @Test
  void the_address_uses_a_role_that_cannot_change_tables(@TempDir Path home) throws Exception {
    try (var postgres = files.openCopy(home);
        var application = ConnectionPool.open(postgres.address(), 1, ConnectionPool.Use.JOBS);
        var owner = ConnectionPool.open(postgres.owner(), 1, ConnectionPool.Use.JOBS)) {
      var role = DatabaseRole.of(application);
      assertThat(role).isEqualTo(new DatabaseRole("keywheel_app", false, false));
      assertThat(DatabaseRole.of(owner)).isEqualTo(new DatabaseRole("keywheel_owner", false, true));
      var database = new Database(application);
      for (var ddl :
          List.of(
              "create table more (id int)",
              "create temporary table more (id int)",
              "create schema more",
              "create role more",
              "set role keywheel_owner",
              "set role postgres",
              "copy (select 1) to program 'true'")) {
        assertThatThrownBy(() -> database.read(dsl -> dsl.execute(ddl)))
            .as(ddl)
            .hasMessageContaining("permission denied");
      }
    }
  }

  /**
   * Restores the state that an older version left: the superuser owns everything, and no password
   * is needed.
   */
  private static void downgrade(Path home) throws Exception {
    Files.writeString(home.resolve("postgres/pg_hba.conf"), "host all all 127.0.0.1/32 trust\n");
    try (var postgres =
            EmbeddedPostgres.builder()
                .setPgBinaryResolver(new ServerPrograms(files.programs()))
                .setOverrideWorkingDirectory(files.programs().toFile())
                .setDataDirectory(home.resolve("postgres"))
                .setCleanDataDirectory(false)
                .start();
        var connection = postgres.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          create function f() returns int language sql as 'select 1';
          alter database postgres owner to postgres;
          alter schema public owner to pg_database_owner;
          do $$ declare t record; begin
            for t in select oid::regclass as name from pg_class
                      where relnamespace = 'public'::regnamespace and relkind = 'r' loop
              execute format('alter table %s owner to postgres', t.name);
            end loop;
          end $$;
          drop owned by keywheel_owner, keywheel_app;
          drop role keywheel_owner, keywheel_app""");
    }
  }

  private static EmbeddedDatabase open(Path home) throws Exception {
    return files.open(home);
  }

  private static void assertRefused(EmbeddedDatabase postgres, @Nullable String password) {
    assertThatThrownBy(
            () -> DriverManager.getConnection(postgres.address().jdbcUrl(), "postgres", password))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password");
  }

  @Test
  void a_stale_pid_that_another_process_reuses_does_not_prevent_a_start(@TempDir Path home)
      throws Exception {
    files.copyTo(home);
    var pidFile = home.resolve("postgres/postmaster.pid");
    Files.writeString(pidFile, ProcessHandle.current().pid() + "\n" + home + "\n");
    try (var postgres = open(home)) {
      assertThat(kept(postgres.owner())).isEqualTo("1");
    }
  }
}
