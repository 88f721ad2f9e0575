package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.config.Config;
import dev.keywheel.db.embedded.EmbeddedDatabase;
import dev.keywheel.people.CheapPasswords;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import java.io.IOException;
import java.lang.StackWalker.Option;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("full")
class FailedStartTest {
  /**
   * The error of a class that is missing from the installation or was compiled against another
   * version.
   */
  private final Error broken = new NoClassDefFoundError("dev/keywheel/Missing");

  @TempDir private Path data;

  /** The programs of the database are unpacked once for all tests. */
  @TempDir private static Path programs = Path.of("");

  @Test
  void an_error_while_the_database_is_opened_leaves_no_database_and_no_lock() throws IOException {
    InstantSource clock =
        () -> {
          throw broken;
        };
    assertNothingLeft(clock, new SecureRandom());
  }

  @Test
  void an_error_late_in_the_start_leaves_no_database_and_no_lock() throws IOException {
    assertNothingLeft(Instant::now, new BrokenRandom());
  }

  @Test
  void a_port_in_use_is_reported_before_a_database_is_started() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var config = onPort(taken.getLocalPort());
      assertThatThrownBy(() -> App.start(config, SystemServices.real()))
          .isInstanceOf(StartProblem.class)
          .hasMessageStartingWith("Keywheel cannot listen on port " + config.port());
    }
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void a_second_start_of_an_installation_is_refused_with_the_name_of_its_data_folder()
      throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var lock =
            FileChannel.open(
                data.resolve("keywheel.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
      lock.lock();
      var config = onPort(taken.getLocalPort());
      assertThatThrownBy(() -> App.start(config, SystemServices.real()))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining(data.toString());
    }
  }

  @Test
  void data_of_another_version_of_postgresql_is_refused_with_the_way_to_move_it()
      throws IOException {
    Files.createDirectories(data.resolve("postgres"));
    Files.writeString(data.resolve("postgres/PG_VERSION"), "15\n");
    var config = Config.from(Map.of("KEYWHEEL_DATA", data.toString()));
    assertThatThrownBy(() -> DatabaseStartup.open(config, SystemServices.real()))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining(
            "PostgreSQL 15", "PostgreSQL " + EmbeddedDatabase.VERSION, data.toString(), "dump")
        .hasMessageNotContaining("disk");
  }

  private Config onPort(int port) {
    return Config.from(Map.of("KEYWHEEL_DATA", data.toString(), "PORT", Integer.toString(port)));
  }

  @Test
  void an_unknown_command_is_refused_and_starts_nothing() {
    var config = Config.from(Map.of("KEYWHEEL_DATA", data.toString()));
    for (var command : new String[] {"rotate-keks", "--help"}) {
      assertThatThrownBy(() -> Main.command(config, new String[] {command}))
          .isInstanceOf(StartProblem.class)
          .hasMessage(
              "There is no command \""
                  + command
                  + "\"; allowed: make-password-link, reset-second-factor, rotate-kek, or none to start"
                  + " the server");
    }
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void an_error_that_ends_the_start_or_a_command_is_named() {
    String[] start = {};
    String[] command = {OperatorCommand.ROTATE_KEK};
    assertThat(Main.failure(start, broken))
        .isEqualTo("Keywheel cannot start because of an unexpected error: " + broken);
    assertThat(Main.failure(command, broken))
        .startsWith("The command rotate-kek failed because of an unexpected error: ");
    assertThat(Main.failure(start, failed("Connection is not available", null)))
        .isEqualTo(
            "Keywheel cannot start. The database failed (Connection is not available). It was"
                + " unavailable or too busy, and Keywheel does not wait for it: try again when it"
                + " answers.");
    assertThat(Main.failure(command, failed("No space left on device", "53100")))
        .startsWith("The command rotate-kek failed. The database failed (No space left on device).")
        .endsWith("It is read-only, or its disk is full: try again when it accepts changes.");
  }

  private static DataAccessException failed(String message, @Nullable String state) {
    return new DataAccessException(
        "SQL [select 1]", new SQLTransientConnectionException(message, state));
  }

  /** Fails once the database is open. */
  private final class BrokenRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    @Override
    public void nextBytes(byte[] bytes) {
      boolean opens =
          StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE)
              .walk(frames -> frames.anyMatch(f -> f.getDeclaringClass() == DatabaseStartup.class));
      if (!opens) {
        throw broken;
      }
      super.nextBytes(bytes);
    }
  }

  private void assertNothingLeft(InstantSource clock, SecureRandom random) throws IOException {
    var link = Files.createSymbolicLink(data.resolve("postgres-bin"), programs);
    var config =
        Config.from(
            Map.of(
                "KEYWHEEL_DATA",
                data.toString(),
                "PORT",
                "0",
                "KEYWHEEL_ADMIN_EMAIL",
                WebApp.EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD",
                WebApp.PASSWORD));
    var services =
        new SystemServices(
            clock, Delayer.real(), random, CheapPasswords.get(), SandboxOptions.instant());

    assertThatThrownBy(() -> App.start(config, services)).isSameAs(broken);

    assertThat(data.resolve("postgres/PG_VERSION")).exists();
    assertThat(data.resolve("postgres/postmaster.pid")).doesNotExist();
    try (var lock = FileChannel.open(data.resolve("keywheel.lock"), StandardOpenOption.WRITE)) {
      assertThat(lock.tryLock()).isNotNull();
    }
    Files.delete(link);
  }
}
