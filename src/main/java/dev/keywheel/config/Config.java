package dev.keywheel.config;

import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.net.IpAddress;
import dev.keywheel.net.TrustedProxies;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration, read from the environment once at startup. {@code App} passes each part its
 * values.
 *
 * @param port port of the web server; 0 picks a free port
 * @param host address to listen on
 * @param publicUrl address for browsers; empty only when {@code host} is loopback
 * @param trustedProxies proxies whose forwarding headers are trusted
 * @param database empty for the embedded PostgreSQL in {@code data}
 * @param migrationDatabase the same database, with a role that may change the schema
 * @param allowSuperuser whether {@code database} may name a superuser
 * @param data folder of the embedded database and of its key-encryption key
 * @param auditAnchor file with the end of each audit log, outside the database
 * @param kek where the key-encryption key is found
 * @param administrator empty unless both variables of the first administrator are set
 * @param openRouter base URL of the provider {@code openrouter}
 * @param gateway settings of the gateway
 * @param sandbox whether the sandbox provider is started
 * @param chromium path of a browser for checking generated tools; empty if none is found
 */
public record Config(
    int port,
    String host,
    Optional<URI> publicUrl,
    TrustedProxies trustedProxies,
    Optional<DatabaseAddress> database,
    Optional<DatabaseAddress> migrationDatabase,
    boolean allowSuperuser,
    Path data,
    Path auditAnchor,
    KekLocation kek,
    Optional<FirstAdministrator> administrator,
    URI openRouter,
    Gateway gateway,
    boolean sandbox,
    Optional<Path> chromium) {

  /** Variables that apply only with DATABASE_URL: without it, the embedded database is used. */
  private static final List<String> OF_OWN_DATABASE =
      List.of(
          "DATABASE_PASSWORD_FILE", "DATABASE_MIGRATION_URL", "DATABASE_MIGRATION_PASSWORD_FILE");

  /** The headless shell comes first: its checks take half the time of those in a full browser. */
  private static final List<String> BROWSERS =
      List.of(
          "chromium-headless-shell",
          "chrome-headless-shell",
          "chromium",
          "chromium-browser",
          "google-chrome",
          "google-chrome-stable");

  /** Where the key-encryption key is found. */
  public sealed interface KekLocation {
    /** 32 bytes in base64, in a file. */
    record File(Path path) implements KekLocation {}

    /** 32 bytes in base64, in the variable itself. */
    record Value(String base64) implements KekLocation {
      @Override
      public String toString() {
        return "Value[…]";
      }
    }

    /** Generated at the first start with the embedded database, in its data folder. */
    record Generated(Path path) implements KekLocation {}
  }

  /**
   * Settings of the gateway.
   *
   * @param hold maximum time until the client of a stream gets its status
   * @param finishUnstreamed whether a call continues after its client has disconnected, unless a
   *     stream was requested
   */
  public record Gateway(Duration hold, boolean finishUnstreamed) {}

  /** The first administrator of an empty database, who is created without the setup link. */
  public record FirstAdministrator(String email, String password) {
    @Override
    public String toString() {
      return "FirstAdministrator[" + email + "]";
    }
  }

  /**
   * Reads and checks the variables.
   *
   * @throws ConfigProblem with one line: the variable, its value and the allowed values
   */
  public static Config from(Map<String, String> environment) {
    var variables = new Variables(environment);
    variables.oneOf("KEYWHEEL_LOG", "text", "json"); // read by logback.xml
    OF_OWN_DATABASE.forEach(name -> variables.requires(name, "DATABASE_URL"));
    var password = variables.secretFile("DATABASE_PASSWORD_FILE");
    var migrationPassword =
        variables.secretFile("DATABASE_MIGRATION_PASSWORD_FILE").or(() -> password);
    var database = variables.database("DATABASE_URL").map(address -> address.with(password));
    var host = variables.text("KEYWHEEL_HOST").orElse("127.0.0.1");
    var data = Path.of(variables.text("KEYWHEEL_DATA").orElse("data"));
    return new Config(
        variables.number("PORT", 8080, Variables.MAX_PORT),
        host,
        publicUrl(variables, host),
        variables.proxies("KEYWHEEL_TRUSTED_PROXIES"),
        database,
        variables
            .database("DATABASE_MIGRATION_URL")
            .map(address -> address.with(migrationPassword))
            .or(() -> database),
        variables.onOrOff("KEYWHEEL_ALLOW_SUPERUSER", false),
        data,
        variables.text("KEYWHEEL_AUDIT_ANCHOR").map(Path::of).orElse(data.resolve("audit-anchor")),
        kek(variables, database.isPresent(), data),
        administrator(variables),
        variables.url("KEYWHEEL_OPENROUTER_URL").orElse(URI.create("https://openrouter.ai/api/v1")),
        new Gateway(
            Duration.ofSeconds(variables.number("KEYWHEEL_GATEWAY_HOLD_SECONDS", 15, 15)),
            variables.onOrOff("KEYWHEEL_GATEWAY_FINISH_UNSTREAMED", false)),
        variables.onOrOff("KEYWHEEL_SANDBOX", database.isEmpty()),
        variables.program("KEYWHEEL_CHROMIUM", BROWSERS));
  }

  /** The public URL. Required unless the host is loopback, whose address browsers can use. */
  private static Optional<URI> publicUrl(Variables variables, String host) {
    var url = variables.site("KEYWHEEL_URL");
    if (url.isEmpty() && !IpAddress.isLoopback(host)) {
      throw new ConfigProblem(
          "KEYWHEEL_URL is not set; with KEYWHEEL_HOST "
              + host
              + " it is required: the address that browsers open, such as https://keys.example.org");
    }
    return url;
  }

  private static KekLocation kek(Variables variables, boolean ownDatabase, Path data) {
    var file = variables.text("KEYWHEEL_KEK_FILE");
    var value = variables.text("KEYWHEEL_KEK");
    if (file.isPresent() && value.isPresent()) {
      throw new ConfigProblem(
          "KEYWHEEL_KEK_FILE and KEYWHEEL_KEK are both set; set only one of them");
    }
    if (file.isPresent()) {
      return new KekLocation.File(Path.of(file.get()));
    }
    if (value.isPresent()) {
      return new KekLocation.Value(value.get());
    }
    if (ownDatabase) {
      throw new ConfigProblem(
          "KEYWHEEL_KEK_FILE is not set; with DATABASE_URL it is required: a file with 32 bytes in"
              + " base64 (make one with: openssl rand -base64 32), or KEYWHEEL_KEK with the value");
    }
    return new KekLocation.Generated(data.resolve("kek"));
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
