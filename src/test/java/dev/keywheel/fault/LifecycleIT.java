package dev.keywheel.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starting, stopping, being killed and starting again, as a process of its own. */
@Timeout(300)
class LifecycleIT {
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final Map<String, String> WITH_ADMINISTRATOR =
      Map.of("KEYWHEEL_ADMIN_EMAIL", EMAIL, "KEYWHEEL_ADMIN_PASSWORD", PASSWORD);

  @TempDir private Path data;

  @Test
  void it_starts_with_everything_embedded_and_says_where_it_is() throws Exception {
    try (var keywheel = new StartedKeywheel(data, Map.of()).awaitReady()) {
      assertTrue(keywheel.output().contains("Keywheel is starting"), keywheel.output());
      assertTrue(keywheel.output().contains(data.toString()), keywheel.output());
      assertTrue(keywheel.output().contains("Sandbox    on"), keywheel.output());
      URI link = keywheel.setupLink().orElseThrow();
      assertTrue(link.toString().startsWith(keywheel.address() + "/setup?token="), link::toString);
      var setup = new HttpBrowser(keywheel.address()).get("/setup?" + link.getQuery());
      assertEquals(200, setup.status());
      assertTrue(setup.text().contains("Create administrator"), setup.text());
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("kek"))));
    }
  }

  @Test
  void a_termination_stops_it_and_its_database_within_seconds() throws Exception {
    try (var keywheel = new StartedKeywheel(data, Map.of()).awaitReady()) {
      var database = keywheel.database().orElseThrow();
      keywheel.terminate();
      keywheel.awaitEnd(STOP);
      assertTrue(keywheel.output().contains("Keywheel is stopping"), keywheel.output());
      Await.until("the database is stopped", STOP, () -> !database.isAlive());
      assertFalse(keywheel.output().contains("Exception"), keywheel.output());
    }
  }

  @Test
  void a_termination_in_the_middle_of_the_start_leaves_no_database_behind() throws Exception {
    try (var keywheel = new StartedKeywheel(data, Map.of())) {
      Await.until(
          "the database runs", Duration.ofSeconds(60), () -> keywheel.database().isPresent());
      var database = keywheel.database().orElseThrow();
      keywheel.terminate();
      keywheel.awaitEnd(STOP);
      Await.until("the database is stopped", STOP, () -> !database.isAlive());
    }
  }

  @Test
  void what_was_said_before_a_kill_is_there_after_the_next_start() throws Exception {
    try (var killed = new StartedKeywheel(data, WITH_ADMINISTRATOR).awaitReady()) {
      assertTrue(killed.setupLink().isEmpty(), killed.output());
      var browser = new HttpBrowser(killed.address());
      assertEquals("/", signedIn(browser));
      killed.kill();
      assertTrue(killed.database().isPresent(), "the database is an orphan now");
      try (var again = new StartedKeywheel(data, Map.of()).awaitReady()) {
        assertTrue(again.setupLink().isEmpty(), again.output());
        assertFalse(again.output().contains("sealed"), again.output());
        var stillSignedIn = browser.at(again.address()).get("/");
        assertEquals(Optional.empty(), stillSignedIn.header("Location"));
        assertEquals("/", signedIn(new HttpBrowser(again.address())));
      }
    }
  }

  @Test
  void kills_in_a_row_hinder_no_start() throws Exception {
    try (var first = new StartedKeywheel(data, WITH_ADMINISTRATOR).awaitReady();
        var second = killedAndStartedAgain(first);
        var third = killedAndStartedAgain(second)) {
      assertTrue(third.setupLink().isEmpty(), third.output());
    }
  }

  private StartedKeywheel killedAndStartedAgain(StartedKeywheel before) throws Exception {
    before.kill();
    assertTrue(before.database().isPresent(), "an orphaned database must be in the way");
    return new StartedKeywheel(data, Map.of()).awaitReady();
  }

  @Test
  void a_killed_database_hinders_no_start_either() throws Exception {
    try (var first = new StartedKeywheel(data, WITH_ADMINISTRATOR).awaitReady()) {
      var database = first.database().orElseThrow();
      first.kill();
      database.destroyForcibly();
      try (var second = new StartedKeywheel(data, Map.of()).awaitReady()) {
        assertTrue(second.setupLink().isEmpty(), second.output());
      }
    }
  }

  @Test
  void a_second_start_on_the_same_folder_is_refused_with_a_sentence() throws Exception {
    try (var first = new StartedKeywheel(data, Map.of()).awaitReady();
        var second = new StartedKeywheel(data, Map.of())) {
      assertEquals(2, second.awaitEnd(Duration.ofSeconds(60)));
      second.awaitLine(
          "is in use by another running Keywheel. Stop that one, or set KEYWHEEL_DATA");
      assertFalse(second.output().contains("\tat "), second.output());
      assertTrue(first.alive());
      assertEquals(200, new HttpBrowser(first.address()).get("/login/again").status());
    }
  }

  @Test
  void a_port_in_use_is_said_and_nothing_is_left_running() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        var keywheel =
            new StartedKeywheel(data, Map.of("PORT", Integer.toString(taken.getLocalPort())))) {
      assertEquals(2, keywheel.awaitEnd(Duration.ofSeconds(120)));
      keywheel.awaitLine("Port " + taken.getLocalPort() + " of 127.0.0.1 cannot be listened on");
      assertFalse(keywheel.output().contains("\tat "), keywheel.output());
      Await.until("the database is stopped", STOP, () -> keywheel.database().isEmpty());
    }
  }

  private static String signedIn(HttpBrowser browser) {
    return browser.post("/login", "email", EMAIL, "password", PASSWORD).location();
  }
}
