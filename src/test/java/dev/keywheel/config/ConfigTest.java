package dev.keywheel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.net.TrustedProxies;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
  @Test
  void without_any_variable_everything_is_embedded_and_local() {
    var config = Config.from(Map.of());
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.database()).isEmpty();
    assertThat(config.data()).isEqualTo(Path.of("data"));
    assertThat(config.kek()).isEqualTo(new Config.KekLocation.Generated(Path.of("data", "kek")));
    assertThat(config.openRouter()).isEqualTo(URI.create("https://openrouter.ai/api/v1"));
    assertThat(config.gateway()).isEqualTo(new Config.Gateway(Duration.ofSeconds(15), false));
    assertThat(config.sandbox()).isTrue();
    assertThat(config.trustedProxies()).isEqualTo(TrustedProxies.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PORT | 99999 | PORT is \"99999\"; allowed: a number from 0 to 65535",
        "PORT | eighty | PORT is \"eighty\"; allowed: a number from 0 to 65535",
        "KEYWHEEL_TRUSTED_PROXIES | 10.0.0.0/8,x | KEYWHEEL_TRUSTED_PROXIES is \"10.0.0.0/8,x\"; allowed: networks separated by commas, such as 10.0.0.0/8,2001:db8::/32",
        "KEYWHEEL_LOG | xml | KEYWHEEL_LOG is \"xml\"; allowed: text or json",
        "KEYWHEEL_URL | ftp://x | KEYWHEEL_URL is \"ftp://x\"; allowed: an address such as https://keys.example.org, without a path",
        "KEYWHEEL_URL | https://x/keys/ | KEYWHEEL_URL is \"https://x/keys/\"; allowed: an address such as https://keys.example.org, without a path",
        "KEYWHEEL_GATEWAY_HOLD_SECONDS | 16 | KEYWHEEL_GATEWAY_HOLD_SECONDS is \"16\"; allowed: a number from 0 to 15",
        "KEYWHEEL_GATEWAY_HOLD_SECONDS | 5s | KEYWHEEL_GATEWAY_HOLD_SECONDS is \"5s\"; allowed: a number from 0 to 15",
        "KEYWHEEL_GATEWAY_FINISH_UNSTREAMED | true | KEYWHEEL_GATEWAY_FINISH_UNSTREAMED is \"true\"; allowed: on or off",
        "KEYWHEEL_SANDBOX | yes | KEYWHEEL_SANDBOX is \"yes\"; allowed: on or off",
        "KEYWHEEL_OPENROUTER_URL | openrouter.ai | KEYWHEEL_OPENROUTER_URL is \"openrouter.ai\"; allowed: an address such as https://example.org/api/v1",
        "KEYWHEEL_OPENROUTER_URL | ftp://x/y | KEYWHEEL_OPENROUTER_URL is \"ftp://x/y\"; allowed: an address such as https://example.org/api/v1",
        "KEYWHEEL_URL | http://x:99999 | KEYWHEEL_URL is \"http://x:99999\"; allowed: an address such as https://keys.example.org, without a path",
        "KEYWHEEL_OPENROUTER_URL | https://me:secret@x/v1?key=secret | KEYWHEEL_OPENROUTER_URL is \"…@x/v1?…\"; allowed: an address such as https://example.org/api/v1",
        "KEYWHEEL_OPENROUTER_URL | http://x:65536/v1 | KEYWHEEL_OPENROUTER_URL is \"http://x:65536/v1\"; allowed: an address such as https://example.org/api/v1",
        "KEYWHEEL_CHROMIUM | /tmp | KEYWHEEL_CHROMIUM is \"/tmp\"; allowed: the path of an executable file",
        "DATABASE_MIGRATION_URL | postgres://a:b@c/d | DATABASE_MIGRATION_URL is set without DATABASE_URL and has no effect alone; set both, or unset DATABASE_MIGRATION_URL",
        "DATABASE_PASSWORD_FILE | /dev/null | DATABASE_PASSWORD_FILE is set without DATABASE_URL and has no effect alone; set both, or unset DATABASE_PASSWORD_FILE",
        "DATABASE_MIGRATION_PASSWORD_FILE | /dev/null | DATABASE_MIGRATION_PASSWORD_FILE is set without DATABASE_URL and has no effect alone; set both, or unset DATABASE_MIGRATION_PASSWORD_FILE",
        "KEYWHEEL_CHROMIUM | /no/such | KEYWHEEL_CHROMIUM is \"/no/such\"; allowed: the path of an executable file",
      })
  void an_invalid_value_is_reported_with_the_allowed_values(
      String variable, String value, String line) {
    assertThatThrownBy(() -> Config.from(Map.of(variable, value)))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage(line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://me:secret@host/db",
        "jdbc:postgresql://me:secret@host/db",
        "jdbc:postgresql://me:secret/1@host/db",
        "jdbc:postgresql://me:secret?1@host/db",
        "jdbc:postgresql://secret@host:5432/db",
        "postgres://me:secret@host",
        "postgres://me:secret@/db",
        "postgres://me:secret/1@host/db",
        "postgres://me:secret%z1@host/db",
        "postgres://me:secret@host:port/db"
      })
  void the_address_of_a_database_is_never_repeated_because_it_may_contain_a_password(String url) {
    assertThatThrownBy(() -> Config.from(Map.of("DATABASE_URL", url, "KEYWHEEL_KEK", "x")))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageStartingWith("DATABASE_URL cannot be read")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql:db",
        "jdbc:postgresql://host",
        "jdbc:postgresql:///db",
        "jdbc:postgresql://host:5433/db?user=me@example.org&password=a:b@c/d",
        "jdbc:postgresql://one:5432,two/db",
        "jdbc:postgresql://[::1]:5432/db"
      })
  void a_jdbc_url_is_used_unchanged(String url) {
    var config = Config.from(Map.of("DATABASE_URL", url, "KEYWHEEL_KEK", "x"));
    assertThat(config.database().orElseThrow().jdbcUrl()).isEqualTo(url);
  }

  @ParameterizedTest
  @CsvSource({
    "postgres://me@keywheel_db/wheel, jdbc:postgresql://keywheel_db/wheel",
    "'postgresql://me@one:5433,two/wheel?a=b', 'jdbc:postgresql://one:5433,two/wheel?a=b'",
    "postgres://me@[::1]:5432/wheel, jdbc:postgresql://[::1]:5432/wheel",
  })
  void an_address_of_a_hosting_platform_is_converted_to_a_jdbc_url(String given, String url) {
    var config = Config.from(Map.of("DATABASE_URL", given, "KEYWHEEL_KEK", "x"));
    assertThat(config.database().orElseThrow())
        .isEqualTo(new DatabaseAddress(url, Optional.of("me"), Optional.empty()));
  }

  @Test
  void a_password_in_the_address_of_a_database_may_contain_colons() {
    var url = "postgres://me:a:b%40@host/wheel";
    var config = Config.from(Map.of("DATABASE_URL", url, "KEYWHEEL_KEK", "x"));
    assertThat(config.database().orElseThrow().password()).contains("a:b@");
  }

  @Test
  void an_external_database_needs_a_key_encryption_key_and_disables_the_sandbox() {
    var url = Map.of("DATABASE_URL", "postgres://me:p%40ss@db.example:5433/wheel?sslmode=require");
    assertThatThrownBy(() -> Config.from(url)).hasMessageContaining("KEYWHEEL_KEK_FILE is not set");
    var config =
        Config.from(Map.of("DATABASE_URL", url.get("DATABASE_URL"), "KEYWHEEL_KEK", "abc"));
    var database = config.database().orElseThrow();
    assertThat(database.jdbcUrl())
        .isEqualTo("jdbc:postgresql://db.example:5433/wheel?sslmode=require");
    assertThat(database.user()).contains("me");
    assertThat(database.password()).contains("p@ss");
    assertThat(database.toString()).isEqualTo("jdbc:postgresql://db.example:5433/wheel");
    assertThat(config.sandbox()).isFalse();
    assertThat(config.toString()).doesNotContain("p@ss").doesNotContain("abc");
  }

  @Test
  void the_public_url_is_required_unless_the_server_listens_only_on_loopback() {
    assertThatThrownBy(() -> Config.from(Map.of("KEYWHEEL_HOST", "0.0.0.0")))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage(
            "KEYWHEEL_URL is not set; with KEYWHEEL_HOST 0.0.0.0 it is required: the address that"
                + " browsers open, such as https://keys.example.org");
    for (var host : List.of("::", "10.0.0.7", "keys.example.org", "localhost.example")) {
      assertThatThrownBy(() -> Config.from(Map.of("KEYWHEEL_HOST", host)))
          .isInstanceOf(ConfigProblem.class);
    }
    for (var host : List.of("127.0.0.1", "127.0.0.2", "::1", "localhost")) {
      assertThat(Config.from(Map.of("KEYWHEEL_HOST", host)).publicUrl()).isEmpty();
    }
    var url = Map.of("KEYWHEEL_HOST", "0.0.0.0", "KEYWHEEL_URL", "https://keys.example.org");
    assertThat(Config.from(url).publicUrl()).contains(URI.create("https://keys.example.org"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://Keys.Example.org:443/, https://keys.example.org",
    "http://keys.example.org:80, http://keys.example.org",
    "https://keys.example.org:80, https://keys.example.org:80",
    "https://[2001:DB8::1]:8443, https://[2001:db8::1]:8443",
    "https://keys.example.org:, https://keys.example.org",
  })
  void the_public_url_is_the_origin_that_browsers_send(String given, URI origin) {
    assertThat(Config.from(Map.of("KEYWHEEL_URL", given)).publicUrl()).contains(origin);
  }

  @Test
  void the_password_may_come_from_a_file(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("password"), "from-a-file\n");
    var config =
        Config.from(
            Map.of(
                "DATABASE_URL",
                "jdbc:postgresql://db/wheel?user=me",
                "DATABASE_PASSWORD_FILE",
                file.toString(),
                "KEYWHEEL_KEK",
                "abc"));
    assertThat(config.database().orElseThrow().password()).contains("from-a-file");
  }

  @Test
  void an_administrator_email_without_a_password_is_refused() {
    assertThatThrownBy(() -> Config.from(Map.of("KEYWHEEL_ADMIN_EMAIL", "a@b.c")))
        .hasMessageStartingWith("KEYWHEEL_ADMIN_PASSWORD is not set");
  }

  @Test
  void two_key_encryption_keys_are_refused() {
    assertThatThrownBy(
            () -> Config.from(Map.of("KEYWHEEL_KEK", "x", "KEYWHEEL_KEK_FILE", "/run/kek")))
        .hasMessageContaining("both set");
  }

  @Test
  void a_browser_is_found_on_the_path(@TempDir Path folder) throws Exception {
    assertThat(Config.from(Map.of("PATH", folder.toString())).chromium()).isEmpty();
    var browser = Files.createFile(folder.resolve("google-chrome"));
    assertThat(browser.toFile().setExecutable(true)).isTrue();
    assertThat(Config.from(Map.of("PATH", "/nowhere:" + folder)).chromium()).contains(browser);
  }
}
