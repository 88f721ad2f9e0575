package dev.keywheel.config;

import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.net.TrustedProxies;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the environment says. Made once at the start; {@code App} hands each part the values it
 * needs.
 *
 * @param port 0 picks a free one
 * @param host address to listen on
 * @param publicUrl where browsers find Keywheel; empty: from host and port
 * @param trustedProxies whose headers name the address of a browser
 * @param database empty: the embedded PostgreSQL in {@code data}
 * @param migrationDatabase the same database as the role that may change the schema
 * @param data folder of the embedded database and of the key-encryption key made for it
 * @param kek where the key-encryption key comes from
 * @param openRouter base URL of the provider {@code openrouter}
 * @param sandbox whether the stand-in provider is started
 * @param chromium path of a browser for the check of generated tools
 */
public record Config(
    int port,
    String host,
    Optional<URI> publicUrl,
    TrustedProxies trustedProxies,
    Optional<DatabaseAddress> database,
    Optional<DatabaseAddress> migrationDatabase,
    Path data,
    KekSource kek,
    Optional<FirstAdministrator> administrator,
    URI openRouter,
    boolean sandbox,
    Optional<Path> chromium) {

  /** The shell without windows first: it starts and draws in half the time. */
  private static final List<String> BROWSERS =
      List.of(
          "chromium-headless-shell",
          "chrome-headless-shell",
          "chromium",
          "chromium-browser",
          "google-chrome",
          "google-chrome-stable");

  /** Where the key-encryption key comes from. */
  public sealed interface KekSource {
    /** 32 bytes in base64, in a file. */
    record File(Path path) implements KekSource {}

    /** 32 bytes in base64, in the variable itself. */
    record Value(String base64) implements KekSource {
      @Override
      public String toString() {
        return "Value[…]";
      }
    }

    /** Made at the first start with the embedded database, in its data folder. */
    record MadeHere(Path path) implements KekSource {}
  }

  /** Creates the first administrator of an empty database without the set-up link. */
  public record FirstAdministrator(String email, String password) {
    @Override
    public String toString() {
      return "FirstAdministrator[" + email + "]";
    }
  }

  /**
   * @throws ConfigProblem with one line that names the variable, what was given and what is allowed
   */
  public static Config from(Map<String, String> environment) {
    var variables = new Variables(environment);
    variables.oneOf("KEYWHEEL_LOG", "text", "json"); // read by logback.xml
    var password = variables.secretFile("DATABASE_PASSWORD_FILE");
    var database = variables.database("DATABASE_URL").map(address -> address.with(password));
    var data = Path.of(variables.text("KEYWHEEL_DATA").orElse("data"));
    return new Config(
        variables.number("PORT", 8080, 0, 65_535),
        variables.text("KEYWHEEL_HOST").orElse("127.0.0.1"),
        variables.url("KEYWHEEL_URL"),
        variables.proxies("KEYWHEEL_TRUSTED_PROXIES"),
        database,
        variables
            .database("DATABASE_MIGRATION_URL")
            .map(address -> address.with(password))
            .or(() -> database),
        data,
        kek(variables, database.isPresent(), data),
        administrator(variables),
        variables.url("KEYWHEEL_OPENROUTER_URL").orElse(URI.create("https://openrouter.ai/api/v1")),
        variables.onOrOff("KEYWHEEL_SANDBOX", database.isEmpty()),
        variables.program("KEYWHEEL_CHROMIUM", BROWSERS));
  }

  private static KekSource kek(Variables variables, boolean ownDatabase, Path data) {
    var file = variables.text("KEYWHEEL_KEK_FILE");
    var value = variables.text("KEYWHEEL_KEK");
    if (file.isPresent() && value.isPresent()) {
      throw new ConfigProblem(
          "KEYWHEEL_KEK_FILE and KEYWHEEL_KEK are both set; allowed: one of them");
    }
    if (file.isPresent()) {
      return new KekSource.File(Path.of(file.get()));
    }
    if (value.isPresent()) {
      return new KekSource.Value(value.get());
    }
    if (ownDatabase) {
      throw new ConfigProblem(
          "KEYWHEEL_KEK_FILE is not set; with DATABASE_URL it is required: a file with 32 bytes in"
              + " base64 (make one with: openssl rand -base64 32), or KEYWHEEL_KEK with the value");
    }
    return new KekSource.MadeHere(data.resolve("kek"));
  }

  private static Optional<FirstAdministrator> administrator(Variables variables) {
    var email = variables.text("KEYWHEEL_ADMIN_EMAIL");
    var password = variables.text("KEYWHEEL_ADMIN_PASSWORD");
    if (email.isPresent() != password.isPresent()) {
      throw new ConfigProblem(
          (email.isPresent() ? "KEYWHEEL_ADMIN_PASSWORD" : "KEYWHEEL_ADMIN_EMAIL")
              + " is not set; allowed: KEYWHEEL_ADMIN_EMAIL and KEYWHEEL_ADMIN_PASSWORD together, or neither");
    }
    return email.map(address -> new FirstAdministrator(address, password.orElseThrow()));
  }
}
