package dev.keywheel.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.support.Await;
import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartingServerTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The programs are unpacked once for all tests. */
  @TempDir private static Path programs = Path.of("");

  @Test
  void a_server_that_was_killed_is_started_again_with_its_data_until_it_is_closed(
      @TempDir Path home) throws Exception {
    try (var postgres = open(home)) {
      keep(postgres);
      for (int kill = 0; kill < 2; kill++) {
        kill(home);
        Await.until("the server runs again", () -> answers(postgres));
        assertThat(kept(postgres)).isEqualTo(1);
      }
    }
    assertThat(pidFile(home)).doesNotExist();
  }

  @Test
  void a_server_is_started_again_although_a_lock_of_its_port_names_an_existing_process(
      @TempDir Path home) throws Exception {
    try (var postgres = open(home)) {
      keep(postgres);
      var lock =
          Path.of(
              "/tmp/.s.PGSQL."
                  + URI.create(postgres.address().jdbcUrl().substring(5)).getPort()
                  + ".lock");
      kill(home);
      // PostgreSQL ignores the PID of its own parents
      var other = new ProcessBuilder("cat").start();
      try {
        Files.writeString(lock, other.pid() + "\n");
        Await.until("the server runs again", () -> answers(postgres));
      } finally {
        other.destroy();
        Files.deleteIfExists(lock);
      }
      assertThat(kept(postgres)).isEqualTo(1);
    }
  }

  @Test
  void a_database_that_is_missing_is_not_created_anew_and_is_started_when_it_is_back(
      @TempDir Path home) throws Exception {
    try (var postgres = open(home)) {
      keep(postgres);
      long server = serverOf(home);
      var data = home.resolve("postgres");
      var away = home.resolve("away");
      Files.move(data, away);
      kill(server);
      var missing = new Stopwatch();
      Await.until("a restart was tried", () -> missing.elapsed().toMillis() > 1500);
      assertThat(data).doesNotExist();
      Files.move(away, data);
      Await.until("the server runs again", () -> answers(postgres));
      assertThat(kept(postgres)).isEqualTo(1);
    }
  }

  @Test
  void a_server_whose_recovery_takes_longer_than_a_start_may_take_is_not_stopped(@TempDir Path home)
      throws Exception {
    var folder = new ServerPrograms(programs);
    var data = home.resolve("postgres");
    var superuser = LocalPassword.of(home, data, RANDOM);
    int port = FreePort.find(RANDOM);
    var starts = new AtomicInteger();
    RestartingServer.Starter starter =
        () -> {
          var started = EmbeddedDatabase.start(data, folder, superuser, port);
          if (starts.incrementAndGet() == 2) {
            throw new IOException("Gave up waiting for the server");
          }
          return started;
        };
    var remains = new StalePostgresCleanup(folder.folder(), data);
    try (var _ = RestartingServer.start(starter, data, remains)) {
      kill(home);
      Await.until("a restart is tried", () -> starts.get() == 2);
      long recovering = serverOf(home);
      var since = new Stopwatch();
      Await.until("another try would be due", () -> since.elapsed().toSeconds() > 3);
      assertThat(starts).hasValue(2);
      assertThat(ProcessHandle.of(recovering)).isPresent();
    }
    assertThat(programs()).isEmpty();
  }

  @Test
  void a_close_does_not_wait_for_a_server_that_does_not_start(@TempDir Path home) throws Exception {
    var closing = new Stopwatch();
    try (var postgres = open(home)) {
      keep(postgres);
      long server = serverOf(home);
      Files.delete(home.resolve("postgres/global/pg_control"));
      kill(server);
      Await.until("a restart is tried", () -> programs().anyMatch(c -> c.endsWith("pg_ctl")));
      closing = new Stopwatch();
    }
    assertThat(closing.elapsed()).isLessThan(Duration.ofSeconds(20));
    assertThat(programs()).isEmpty();
  }

  private static Stream<String> programs() {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().command().stream())
        .filter(command -> command.startsWith(programs.toString()));
  }

  private static EmbeddedDatabase open(Path home) throws Exception {
    return EmbeddedDatabase.open(home, new ServerPrograms(programs), RANDOM);
  }

  private static Path pidFile(Path home) {
    return home.resolve("postgres/postmaster.pid");
  }

  private static long serverOf(Path home) throws IOException {
    return Long.parseLong(Files.readAllLines(pidFile(home)).getFirst().strip());
  }

  private static void kill(Path home) throws IOException {
    kill(serverOf(home));
  }

  private static void kill(long pid) {
    var server = ProcessHandle.of(pid).orElseThrow();
    server.destroyForcibly();
    server.onExit().join();
  }

  private static boolean answers(EmbeddedDatabase postgres) {
    var address = postgres.owner();
    try (var _ =
        DriverManager.getConnection(
            address.jdbcUrl(), address.user().orElseThrow(), address.password().orElseThrow())) {
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private static void keep(EmbeddedDatabase postgres) {
    try (var pool = ConnectionPool.open(postgres.owner(), 1, ConnectionPool.Use.JOBS)) {
      new Database(pool).read(dsl -> dsl.execute("create table kept as select 1 as one"));
    }
  }

  private static Object kept(EmbeddedDatabase postgres) {
    try (var pool = ConnectionPool.open(postgres.owner(), 1, ConnectionPool.Use.JOBS)) {
      return new Database(pool).read(dsl -> dsl.fetchValue("select one from kept"));
    }
  }
}
