package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts, stops and kills of a process, and the starts after them. */
@Tag("full")
@Timeout(300)
class LifecycleIT {
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final Map<String, String> WITH_ADMINISTRATOR =
      Map.of("KEYWHEEL_ADMIN_EMAIL", EMAIL, "KEYWHEEL_ADMIN_PASSWORD", PASSWORD);

  private static final String[] KEYS = {"key1@example.org", "key2@example.org"};

  @TempDir private Path data;

  @Test
  void keywheel_starts_with_the_embedded_database_while_the_provider_is_unreachable()
      throws Exception {
    var unreachable = Map.of("KEYWHEEL_OPENROUTER_URL", "http://127.0.0.1:9/api/v1");
    try (var keywheel = new StartedKeywheel(data, unreachable).awaitReady()) {
      assertThat(keywheel.output())
          .contains("Keywheel is starting", data.toString(), "Sandbox    on")
          .doesNotContain("\tat ");
      URI link = keywheel.setupLink().orElseThrow();
      assertThat(link.toString()).startsWith(keywheel.address() + "/setup?token=");
      var setup = new HttpBrowser(keywheel.address()).get("/setup?" + link.getQuery());
      assertThat(setup.status()).isEqualTo(200);
      assertThat(setup.text()).contains("Create administrator");
      var kek = Files.getPosixFilePermissions(data.resolve("kek"));
      assertThat(PosixFilePermissions.toString(kek)).isEqualTo("rw-------");
      assertASecondStartOnTheFolderIsRefused(keywheel);
      assertATerminationStopsItAndItsDatabase(keywheel);
    }
  }

  private void assertASecondStartOnTheFolderIsRefused(StartedKeywheel first) throws Exception {
    var second = new StartedKeywheel(data, Map.of());
    try {
      assertThat(second.awaitEnd(Duration.ofSeconds(60))).isEqualTo(2);
      second.awaitLine(
          "is in use by another running Keywheel. Stop that one, or set KEYWHEEL_DATA");
      assertThat(second.output()).doesNotContain("\tat ");
    } finally {
      second.kill(); // closing it would also kill the database of the first
    }
    assertThat(first.alive()).isTrue();
    assertThat(new HttpBrowser(first.address()).get("/login/again").status()).isEqualTo(200);
  }

  private static void assertATerminationStopsItAndItsDatabase(StartedKeywheel keywheel)
      throws Exception {
    var database = keywheel.database().orElseThrow();
    keywheel.terminate();
    keywheel.awaitEnd(STOP);
    assertThat(keywheel.output()).contains("Keywheel is stopping").doesNotContain("Exception");
    Await.until("the database is stopped", STOP, () -> !database.isAlive());
  }

  @Test
  void a_termination_during_the_start_leaves_no_database_running() throws Exception {
    try (var keywheel = new StartedKeywheel(StartedKeywheel.withPrograms(data), Map.of())) {
      Await.until(
          "the database runs", Duration.ofSeconds(60), () -> keywheel.database().isPresent());
      var database = keywheel.database().orElseThrow();
      keywheel.terminate();
      keywheel.awaitEnd(STOP);
      Await.until("the database is stopped", STOP, () -> !database.isAlive());
    }
  }

  @Test
  void after_a_kill_the_next_start_has_all_acknowledged_changes() throws Exception {
    try (var killed =
        new StartedKeywheel(StartedKeywheel.withPrograms(data), WITH_ADMINISTRATOR).awaitReady()) {
      assertThat(killed.setupLink()).isEmpty();
      var browser = new HttpBrowser(killed.address());
      assertThat(signIn(browser)).isEqualTo("/");
      OnDatabase.importKeys(browser, 2, "sk-or-v1-abcdefgh%06d");
      killed.kill();
      assertThat(killed.database()).as("the orphaned database").isPresent();
      try (var again = new StartedKeywheel(data, Map.of()).awaitReady()) {
        assertThat(again.setupLink()).isEmpty();
        assertThat(again.output()).doesNotContain("sealed");
        assertThat(browser.at(again.address()).get("/").header("Location")).isEmpty();
        assertThat(signIn(new HttpBrowser(again.address()))).isEqualTo("/");
        assertThat(keys(browser.at(again.address()))).containsExactly(KEYS);
        assertTheNextStartHasThemWhenTheDatabaseIsKilledAsWell(again, browser);
      }
    }
  }

  private void assertTheNextStartHasThemWhenTheDatabaseIsKilledAsWell(
      StartedKeywheel before, HttpBrowser browser) throws Exception {
    var database = before.database().orElseThrow();
    before.kill();
    database.destroyForcibly();
    try (var third = new StartedKeywheel(data, Map.of()).awaitReady()) {
      assertThat(third.setupLink()).isEmpty();
      assertThat(keys(browser.at(third.address()))).containsExactly(KEYS);
    }
  }

  private static List<String> keys(HttpBrowser browser) {
    return browser.get("/keys").page().select("th a[href^=/keys/]").eachText();
  }

  @Test
  void a_port_in_use_is_reported_and_nothing_is_left_running() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var keywheel =
            new StartedKeywheel(
                StartedKeywheel.withPrograms(data),
                Map.of("PORT", Integer.toString(taken.getLocalPort())))) {
      assertThat(keywheel.awaitEnd(Duration.ofMinutes(2))).isEqualTo(2);
      keywheel.awaitLine(
          "Keywheel cannot listen on port " + taken.getLocalPort() + " of 127.0.0.1");
      assertThat(keywheel.output()).contains("KEYWHEEL_HOST another").doesNotContain("\tat ");
      Await.until("the database is stopped", STOP, () -> keywheel.database().isEmpty());
    }
  }

  private static String signIn(HttpBrowser browser) {
    return browser.post("/login", "email", EMAIL, "password", PASSWORD).location();
  }
}
