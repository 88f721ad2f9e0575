package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TcpProxy;
import dev.keywheel.support.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A network that drops packets silently: no reset and no answer arrives. */
@Tag("slow")
@Timeout(180)
class SilentNetworkIT {
  @TempDir private Path folder;

  @Test
  void pages_report_a_silent_database_and_work_again_when_packets_pass() throws Exception {
    try (var database = TestDatabase.create();
        var upstream = new ScriptedUpstream();
        var link = new TcpProxy(OnDatabase.port(database));
        var keywheel =
            OnDatabase.start(
                folder, OnDatabase.through(link.port(), database), upstream.base(), List.of())) {
      var browser = OnDatabase.signedIn(keywheel);
      assertThat(browser.get("/keys").status()).isEqualTo(200);
      link.silence();
      var away = browser.get("/keys");
      assertThat(away.status()).as(away.text()).isEqualTo(503);
      assertThat(away.header("Retry-After")).isPresent();
      link.heal();
      Await.until(
          "pages work again", Duration.ofSeconds(90), () -> browser.get("/keys").status() == 200);
      assertThat(keywheel.output()).doesNotContain("OutOfMemoryError");
    }
  }

  @Test
  void a_silent_provider_ends_a_check_at_its_deadline_and_changes_no_key() throws Exception {
    try (var database = TestDatabase.create();
        var upstream = new ScriptedUpstream();
        var link = new TcpProxy(upstream.base().getPort());
        var keywheel =
            OnDatabase.start(
                folder,
                database.address().jdbcUrl(),
                java.net.URI.create("http://127.0.0.1:" + link.port() + "/api/v1"),
                List.of())) {
      var browser = OnDatabase.signedIn(keywheel);
      OnDatabase.importKeys(browser, 1, "sk-or-v1-abcdefgh-k%d");
      var key = browser.get("/keys").page().select("a[href~=^/keys/[0-9a-f-]{36}$]").attr("href");
      link.silence();
      browser.post(key + "/tests");
      Await.until(
          () -> "the test ends: " + browser.get(key).text(),
          Duration.ofSeconds(90),
          () -> browser.get(key).text().contains("did not answer in time"));
      assertThat(browser.get(key).text()).contains("Active");
      link.heal();
    }
  }
}
