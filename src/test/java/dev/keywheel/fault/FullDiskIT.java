package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keywheel.support.OwnPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database whose disk is full. Mounts a small file system, which requires root. */
@Tag("slow")
@Timeout(180)
class FullDiskIT {
  private static final int KEYS = 3_000;

  @TempDir private Path folder;

  @AfterEach
  void unmount() throws Exception {
    command("umount", "-l", disk().toString());
  }

  @Test
  void a_full_disk_refuses_writes_allows_reads_and_recovers() throws Exception {
    Files.createDirectories(disk());
    assumeThat(
            command("mount", "-t", "tmpfs", "-o", "size=40m,mode=777", "tmpfs", disk().toString()))
        .as("mounting is allowed")
        .isZero();
    Files.createDirectory(disk().resolve("space"));
    try (var postgres = new OwnPostgres(folder.resolve("postgres"))) {
      postgres.execute(
          "postgres", "create tablespace small location '" + disk().resolve("space") + "'");
      postgres.execute("postgres", "create database keywheel tablespace small");
      postgres.createRoles("keywheel");
      var url = OwnPostgres.url(postgres.port(), "keywheel");
      try (var keywheel =
          OnDatabase.start(
              folder.resolve("node"), url, URI.create("http://127.0.0.1:9/api/v1"), List.of())) {
        var browser = OnDatabase.signedIn(keywheel);
        OnDatabase.importKeys(browser, 10, "sk-or-v1-abcdefgh-k%d");
        var preview = OnDatabase.preview(browser, 100, KEYS, "sk-or-v1-abcdefgh%06d");
        fill();
        var full = browser.post(preview + "/confirmation");
        assertThat(full.status()).as(full.text()).isEqualTo(503);
        assertThat(full.text().toLowerCase(Locale.ROOT)).contains("disk");
        assertThat(browser.get("/keys").status()).isEqualTo(200);
        assertThat(keys(postgres)).as("keys after the refused import").isEqualTo(10);
        Files.delete(disk().resolve("filler"));
        assertThat(browser.post(preview + "/confirmation").status()).isEqualTo(303);
        assertThat(keys(postgres)).isEqualTo(10 + KEYS);
      }
    }
  }

  private Path disk() {
    return folder.resolve("disk");
  }

  private void fill() throws IOException {
    try (OutputStream filler = Files.newOutputStream(disk().resolve("filler"))) {
      var block = new byte[4_096];
      while (true) {
        filler.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  private static int keys(OwnPostgres postgres) throws SQLException {
    try (var connection = postgres.connect("keywheel");
        var rows = connection.createStatement().executeQuery("select count(*) from api_keys")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static int command(String... words) throws IOException, InterruptedException {
    return new ProcessBuilder(words).inheritIO().start().waitFor();
  }
}
