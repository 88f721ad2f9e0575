package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPostgresTest {
  @Test
  void it_keeps_its_data_syncs_to_disk_and_refuses_a_second_start(@TempDir Path home)
      throws Exception {
    try (var postgres = LocalPostgres.open(home)) {
      query(postgres, "create table kept as select 1 as one");
      assertThat(query(postgres, "show fsync")).isEqualTo("on");
      assertThat(query(postgres, "show synchronous_commit")).isEqualTo("on");
      assertThatThrownBy(() -> LocalPostgres.open(home))
          .isInstanceOf(LocalPostgres.FolderInUse.class)
          .hasMessageContaining(home.toString())
          .hasMessageContaining("KEYWHEEL_DATA");
    }
    try (var postgres = LocalPostgres.open(home)) {
      assertThat(query(postgres, "select one from kept")).isEqualTo("1");
    }
  }

  @Test
  void a_number_left_by_a_killed_server_and_given_to_another_process_hinders_no_start(
      @TempDir Path home) throws Exception {
    var pidFile = home.resolve("postgres/postmaster.pid");
    try (var postgres = LocalPostgres.open(home)) {
      query(postgres, "create table kept as select 1 as one");
    }
    Files.writeString(pidFile, ProcessHandle.current().pid() + "\n" + home + "\n");
    try (var postgres = LocalPostgres.open(home)) {
      assertThat(query(postgres, "select one from kept")).isEqualTo("1");
    }
  }

  private static String query(LocalPostgres postgres, String sql) {
    try (var pool = ConnectionPool.open(postgres.address(), 1)) {
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
