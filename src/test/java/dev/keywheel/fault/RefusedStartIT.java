package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts that must fail, each with a line that states the cause and the remedy. */
@Tag("full")
@Timeout(300)
class RefusedStartIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);
  private static final String OTHER_KEK =
      Base64.getEncoder()
          .encodeToString(
              new byte[] {
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                24, 25, 26, 27, 28, 29, 30, 31, 32
              });

  @TempDir private Path data;

  /** {@code ConfigTest} tests the line of every variable. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PORT|eighty|PORT is \"eighty\"; allowed: a number from 0 to 65535",
        "DATABASE_URL|mysql://root:hush@localhost/x|DATABASE_URL cannot be read as the address of a",
      })
  void an_invalid_variable_is_reported_in_one_line(String variable, String value, String line)
      throws Exception {
    assertOneLine(variable, value, line);
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PORT|70000|PORT is \"70000\"; allowed: a number from 0 to 65535",
        "KEYWHEEL_URL|ftp://x|KEYWHEEL_URL is \"ftp://x\"; allowed: an address such as",
        "KEYWHEEL_HOST|0.0.0.0|KEYWHEEL_URL is not set; with KEYWHEEL_HOST 0.0.0.0 it is required: the",
        "KEYWHEEL_OPENROUTER_URL|openrouter.ai|KEYWHEEL_OPENROUTER_URL is \"openrouter.ai\"; allowed:",
        "KEYWHEEL_LOG|xml|KEYWHEEL_LOG is \"xml\"; allowed: text or json",
        "KEYWHEEL_SANDBOX|maybe|KEYWHEEL_SANDBOX is \"maybe\"; allowed: on or off",
        "KEYWHEEL_CHROMIUM|/no/such/browser|KEYWHEEL_CHROMIUM is \"/no/such/browser\"; allowed:",
        "KEYWHEEL_ADMIN_EMAIL|ada@example.org|KEYWHEEL_ADMIN_PASSWORD is not set; allowed:",
      })
  void each_invalid_variable_is_reported_in_one_line(String variable, String value, String line)
      throws Exception {
    assertOneLine(variable, value, line);
  }

  private void assertOneLine(String variable, String value, String line) throws Exception {
    try (var keywheel = new StartedKeywheel(data, Map.of(variable, value))) {
      assertRefused(keywheel, line);
      assertThat(keywheel.output().contains("hush")).as(keywheel.output()).isFalse();
      assertThat(keywheel.output().lines().count()).as(keywheel.output()).isEqualTo(1);
    }
  }

  @Test
  void a_weak_password_of_the_first_administrator_ends_the_start_with_a_message() throws Exception {
    try (var database = TestDatabase.create()) {
      var environment =
          Map.of(
              "DATABASE_URL",
              database.address().jdbcUrl(),
              "KEYWHEEL_KEK",
              KEK,
              "KEYWHEEL_ADMIN_EMAIL",
              "ada@example.org",
              "KEYWHEEL_ADMIN_PASSWORD",
              "short");
      try (var keywheel = new StartedKeywheel(data, environment)) {
        assertRefused(keywheel, "KEYWHEEL_ADMIN_EMAIL and KEYWHEEL_ADMIN_PASSWORD cannot be used:");
      }
    }
  }

  @Test
  void a_database_that_refuses_the_role_is_named_without_its_password() throws Exception {
    try (var database = TestDatabase.create()) {
      var url = database.address().jdbcUrl().replace("keywheel_app", "stranger&password=hush");
      var environment = Map.of("DATABASE_URL", url, "KEYWHEEL_KEK", KEK);
      try (var keywheel = new StartedKeywheel(data, environment)) {
        assertRefused(keywheel, "cannot be used (FATAL: role \"stranger\" does not exist)");
        assertThat(keywheel.output().contains("hush")).as(keywheel.output()).isFalse();
      }
    }
  }

  @Tag("slow")
  @Test
  void a_database_that_cannot_be_reached_is_named_without_its_password() throws Exception {
    var environment =
        Map.of("DATABASE_URL", "postgres://ada:hush@127.0.0.1:9/none", "KEYWHEEL_KEK", KEK);
    try (var keywheel = new StartedKeywheel(data, environment)) {
      assertRefused(keywheel, "127.0.0.1:9/none cannot be reached");
      assertThat(keywheel.output().contains("hush")).as(keywheel.output()).isFalse();
    }
  }

  @Test
  void an_external_database_without_a_key_encryption_key_is_refused() throws Exception {
    var environment = Map.of("DATABASE_URL", "postgres://ada:hush@127.0.0.1:9/none");
    try (var keywheel = new StartedKeywheel(data, environment)) {
      assertRefused(keywheel, "KEYWHEEL_KEK_FILE is not set; with DATABASE_URL it is required");
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"not base64 at all!, KEYWHEEL_KEK", "c2hvcnQ=, KEYWHEEL_KEK"})
  void an_invalid_key_encryption_key_is_named_but_not_repeated(String value, String variable)
      throws Exception {
    try (var keywheel = new StartedKeywheel(data, Map.of(variable, value))) {
      keywheel.awaitLine(variable);
      assertThat(keywheel.output().contains(value)).as(keywheel.output()).isFalse();
      assertThat(keywheel.output().contains("\tat ")).as(keywheel.output()).isFalse();
    }
  }

  @Test
  void a_key_encryption_key_file_that_cannot_be_read_is_named() throws Exception {
    try (var database = TestDatabase.create()) {
      var environment =
          Map.of(
              "DATABASE_URL", database.address().jdbcUrl(),
              "KEYWHEEL_KEK_FILE", data.resolve("nowhere").toString());
      try (var keywheel = new StartedKeywheel(data, environment)) {
        keywheel.awaitLine("KEYWHEEL_KEK_FILE");
        assertThat(keywheel.output().contains("\tat ")).as(keywheel.output()).isFalse();
      }
    }
  }

  @Test
  void a_key_encryption_key_file_that_others_may_read_is_refused() throws Exception {
    var file = PrivateFile.write(data.resolve("kek"), KEK, "rw-r--r--");
    try (var keywheel = new StartedKeywheel(data, Map.of("KEYWHEEL_KEK_FILE", file.toString()))) {
      assertRefused(
          keywheel,
          "The key-encryption key KEYWHEEL_KEK_FILE ("
              + file
              + ") is in a file with mode 0644 that other accounts may read; make it private: chmod 600 "
              + file);
    }
  }

  @Tag("slow")
  @Test
  void a_wrong_key_encryption_key_seals_the_vault_without_data_loss() throws Exception {
    try (var first = new StartedKeywheel(data, Map.of("KEYWHEEL_KEK", KEK)).awaitReady()) {
      first.terminate();
      first.awaitEnd(SOON);
    }
    try (var sealed = new StartedKeywheel(data, Map.of("KEYWHEEL_KEK", OTHER_KEK)).awaitReady()) {
      assertThat(sealed.output().contains("Keywheel is sealed")).as(sealed.output()).isTrue();
      assertThat(new HttpBrowser(sealed.address()).get("/login/again").status()).isEqualTo(200);
      sealed.terminate();
      sealed.awaitEnd(SOON);
    }
    try (var opened = new StartedKeywheel(data, Map.of("KEYWHEEL_KEK", KEK)).awaitReady()) {
      assertThat(opened.output().contains("Keywheel is sealed")).as(opened.output()).isFalse();
    }
  }

  @Test
  void a_folder_that_cannot_be_used_is_named() throws Exception {
    Path file = Files.writeString(data.resolve("a file"), "x");
    try (var keywheel = new StartedKeywheel(file, Map.of())) {
      assertRefused(keywheel, "(not a folder: " + file + "). Is the folder writable");
      keywheel.awaitLine("KEYWHEEL_DATA chooses another folder");
    }
  }

  @Test
  void a_process_that_may_open_too_few_files_is_refused() throws Exception {
    try (var keywheel = StartedKeywheel.withFiles(200, data, Map.of())) {
      assertRefused(keywheel, "may open only 200 files and needs at least 256");
    }
  }

  @Test
  void an_unexpected_error_ends_the_process_with_a_message() throws Exception {
    var options = List.of("-Dkeywheel.clockOffset=soon");
    try (var keywheel = new StartedKeywheel(data, Map.of(), options)) {
      assertThat(keywheel.awaitEnd(SOON)).as(keywheel::output).isEqualTo(1);
      keywheel.awaitLine("Keywheel cannot start because of an unexpected error: ");
    }
  }

  private static void assertRefused(StartedKeywheel keywheel, String line)
      throws InterruptedException {
    assertThat(keywheel.awaitEnd(SOON)).as(keywheel::output).isEqualTo(2);
    keywheel.awaitLine(line);
    keywheel.awaitLine("Keywheel cannot start.");
    assertThat(keywheel.output().contains("\tat ")).as(keywheel.output()).isFalse();
  }
}
