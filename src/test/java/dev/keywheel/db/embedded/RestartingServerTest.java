package dev.keywheel.db.embedded;

import static dev.keywheel.db.embedded.ServerFiles.execute;
import static dev.keywheel.db.embedded.ServerFiles.kept;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.support.Await;
import dev.keywheel.time.Stopwatch;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Tag("full")
class RestartingServerTest {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private static ServerFiles files;
  private static Path programs;

  @BeforeAll
  static void initialise(@TempDir Path folder) throws Exception {
    files = ServerFiles.in(folder);
    programs = files.programs();
  }

  @Test
  void a_server_that_was_killed_is_started_again_with_its_data_until_it_is_closed(
      @TempDir Path home) throws Exception {
    var starts = new CountedStarts(home);
    try (var server = starts.open()) {
      var superuser = starts.superuser(server);
      for (int kill = 2; kill < 4; kill++) {
        execute(superuser, "update kept set one = " + kill);
        kill(home);
        Await.until("the server runs again", () -> answers(superuser));
        assertThat(kept(superuser)).isEqualTo(String.valueOf(kill));
      }
    }
    assertThat(pidFile(home)).doesNotExist();
  }

  @Test
  void a_server_is_started_again_although_a_lock_of_its_port_names_an_existing_process(
      @TempDir Path home) throws Exception {
    try (var postgres = files.openCopy(home)) {
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
        Await.until("the server runs again", () -> answers(postgres.owner()));
      } finally {
        other.destroy();
        Files.deleteIfExists(lock);
      }
      assertThat(kept(postgres.owner())).isEqualTo("1");
    }
  }

  @Test
  void a_database_that_is_missing_is_not_created_anew_and_is_started_when_it_is_back(
      @TempDir Path home) throws Exception {
    var starts = new CountedStarts(home);
    var failures = recordLog(RestartingServer.class, Level.ERROR);
    try (var server = starts.open()) {
      long pid = serverOf(home);
      var away = home.resolve("away");
      Files.move(starts.data, away);
      kill(pid);
      Await.until("a restart was tried", () -> !failures.list.isEmpty() || starts.count.get() > 1);
      assertThat(starts.count).hasValue(1);
      assertThat(starts.data).doesNotExist();
      Files.move(away, starts.data);
      Await.until("the server runs again", () -> answers(starts.superuser(server)));
      assertThat(kept(starts.superuser(server))).isEqualTo("1");
    }
  }

  @Test
  void a_server_whose_recovery_takes_longer_than_a_start_may_take_is_not_stopped(@TempDir Path home)
      throws Exception {
    var starts = new CountedStarts(home);
    starts.second =
        within -> {
          starts.first.start(within);
          throw new IOException("Gave up waiting for the server");
        };
    try (var _ = starts.open()) {
      kill(home);
      Await.until("a restart is tried", () -> starts.ended.get() == 2);
      long recovering = serverOf(home);
      var since = new Stopwatch();
      Await.until(
          "another try would be due",
          () -> since.elapsed().compareTo(FIRST_PAUSE.multipliedBy(10)) > 0);
      assertThat(starts.count).hasValue(2);
      assertThat(ProcessHandle.of(recovering)).isPresent();
    }
    assertThat(runningPrograms()).isEmpty();
  }

  @Test
  void a_server_that_is_killed_during_a_restart_is_started_again_within_a_minute(@TempDir Path home)
      throws Exception {
    var starts = new CountedStarts(home);
    starts.second =
        within -> {
          Thread.ofPlatform()
              .start(
                  () -> {
                    Await.until("it runs", () -> running(starts.data).isPresent());
                    running(starts.data).orElseThrow().destroyForcibly();
                  });
          return starts.first.start(Duration.ofSeconds(1)); // the library waits until its end
        };
    try (var server = starts.open()) {
      kill(home);
      Await.until("the server runs again", () -> answers(starts.superuser(server)));
      assertThat(kept(starts.superuser(server))).isEqualTo("1");
    }
  }

  @Test
  void a_first_start_waits_for_a_server_whose_recovery_takes_longer_than_a_start_may_take(
      @TempDir Path home) throws Exception {
    var starts = new CountedStarts(home);
    RestartingServer.Starter gaveUp =
        within -> {
          if (starts.start(within) != null && starts.count.get() == 1) {
            throw new IOException("Gave up waiting for the server");
          }
          return starts.start(within);
        };
    var cleanup = new StalePostgresCleanup(programs, starts.data);
    try (var server = RestartingServer.start(gaveUp, starts.data, cleanup, FIRST_PAUSE)) {
      assertThat(answers(starts.superuser(server))).isTrue();
    }
    assertThat(runningPrograms()).isEmpty();
  }

  @Test
  void a_close_does_not_wait_for_a_server_that_does_not_start(@TempDir Path home) throws Exception {
    var closing = new Stopwatch();
    var starts = new CountedStarts(home);
    try (var _ = starts.open()) {
      long server = serverOf(home);
      Files.delete(home.resolve("postgres/global/pg_control"));
      kill(server);
      Await.until("a restart is tried", () -> starts.count.get() == 2);
      closing = new Stopwatch();
    }
    assertThat(closing.elapsed()).isLessThan(Duration.ofSeconds(20));
    assertThat(runningPrograms()).isEmpty();
  }

  @Test
  void a_close_while_remaining_processes_are_stopped_starts_no_server(@TempDir Path home)
      throws Exception {
    var starts = new CountedStarts(home);
    var server = starts.open();
    var stops = recordLog(StalePostgresCleanup.class, Level.INFO);
    var remaining = remainingProcess();
    try {
      kill(home);
      Await.until("the restart stops it", () -> stops.list.size() == 1);
      var closing = Thread.ofPlatform().start(server::close);
      Await.until("the close stops it", () -> stops.list.size() == 2);
      assertThat(starts.count).hasValue(1);
      remaining.destroyForcibly();
      closing.join();
    } finally {
      remaining.destroyForcibly();
    }
    assertThat(runningPrograms()).isEmpty();
  }

  @Test
  void a_close_stops_a_server_that_is_started_during_the_close(@TempDir Path home)
      throws Exception {
    var starts = new CountedStarts(home);
    starts.second =
        within -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
          }
          return starts.first.start(within);
        };
    try (var _ = starts.open()) {
      kill(home);
      Await.until("a restart is tried", () -> starts.count.get() == 2);
    }
    assertThat(starts.ended).as("the close ended the second start").hasValue(2);
    assertThat(runningPrograms()).isEmpty();
    assertThat(pidFile(home)).doesNotExist();
  }

  @Test
  void a_process_that_its_parent_does_not_reap_is_not_awaited(@TempDir Path home) throws Exception {
    var server = programs.resolve("postgres");
    Files.copy(Path.of("/bin/sleep"), server, StandardCopyOption.REPLACE_EXISTING);
    // a child in the background of a shell would ignore SIGINT
    var child = "env --default-signal=INT '" + server + "' 600 & echo $!; exec cat";
    var parent = new ProcessBuilder("sh", "-c", child).start();
    try (var output = parent.inputReader()) {
      var pid = output.readLine();
      Files.createDirectory(home.resolve("postgres"));
      Files.writeString(pidFile(home), pid + "\n");
      Await.until("it runs", () -> runningPrograms().anyMatch(server.toString()::equals));
      var stopping = new Stopwatch();
      new StalePostgresCleanup(programs, home.resolve("postgres")).clear();
      assertThat(stopping.elapsed()).isLessThan(Duration.ofSeconds(10));
      assertThat(ProcessHandle.of(Long.parseLong(pid))).as("a zombie").isPresent();
      assertThat(runningPrograms()).isEmpty();
    } finally {
      parent.destroyForcibly();
    }
  }

  /** A process of a program in the servers' folder that SIGINT and a restart do not end. */
  private static Process remainingProcess() throws IOException {
    var program = programs.resolve("remaining");
    Files.copy(Path.of("/bin/sleep"), program, StandardCopyOption.REPLACE_EXISTING);
    return new ProcessBuilder(program.toString(), "600").start();
  }

  private static ListAppender<ILoggingEvent> recordLog(Class<?> logger, Level level) {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var filter = new ThresholdFilter();
    filter.setLevel(level.toString());
    filter.start();
    lines.addFilter(filter);
    lines.start();
    ((Logger) LoggerFactory.getLogger(logger)).addAppender(lines);
    return lines;
  }

  /** A server without Keywheel's roles that counts its starts. */
  private static final class CountedStarts {
    private final Path data;
    private final LocalPassword password;
    private final RestartingServer.Starter first;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private RestartingServer.Starter second;

    CountedStarts(Path home) throws IOException {
      files.copyTo(home);
      data = home.resolve("postgres");
      password = LocalPassword.of(home, data, ServerFiles.RANDOM);
      int port = FreePort.find(ServerFiles.RANDOM);
      first =
          within ->
              EmbeddedDatabase.start(data, new ServerPrograms(programs), password, port, within);
      second = first;
    }

    RestartingServer open() throws IOException {
      return RestartingServer.start(
          this::start, data, new StalePostgresCleanup(programs, data), FIRST_PAUSE);
    }

    private EmbeddedPostgres start(Duration within) throws IOException {
      try {
        return (count.incrementAndGet() == 2 ? second : first).start(within);
      } finally {
        ended.incrementAndGet();
      }
    }

    DatabaseAddress superuser(RestartingServer server) {
      return new DatabaseAddress(
          server.jdbcUrl("postgres", "postgres"),
          Optional.of("postgres"),
          Optional.of(password.text()));
    }
  }

  private static Stream<String> runningPrograms() {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().command().stream())
        .filter(command -> command.startsWith(programs.toString()));
  }

  private static Optional<ProcessHandle> running(Path data) {
    try {
      return new StalePostgresCleanup(programs, data).server();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    Await.until("the server has ended", () -> !StalePostgresCleanup.isPostgres(server));
  }

  private static boolean answers(DatabaseAddress address) {
    try (var _ =
        DriverManager.getConnection(
            address.jdbcUrl(), address.user().orElseThrow(), address.password().orElseThrow())) {
      return true;
    } catch (SQLException e) {
      return false;
    }
  }
}
