package dev.keywheel;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.Cookie;
import dev.keywheel.config.Config;
import dev.keywheel.config.Config.FirstAdministrator;
import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.db.Database;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.net.TrustedProxies;
import dev.keywheel.people.CheapPasswords;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import dev.keywheel.web.server.Routes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A complete Keywheel in this process, with a free port and its own database. Its provider {@code
 * openrouter} is {@link #upstream}, whose record of calls tests may read; it also has the provider
 * {@code sandbox}.
 */
public final class RunningApp implements AutoCloseable {
  private static final Optional<Path> BROWSER = Optional.of(Chromium.executable());

  private final Optional<TestDatabase> own;
  private final Sandbox upstream;
  private final App app;
  private final Config config;
  private final Path data;
  private List<Cookie> cookies = List.of();

  private RunningApp(
      SandboxOptions options,
      TestDatabase database,
      KekLocation kek,
      Optional<FirstAdministrator> administrator,
      boolean own,
      Duration ahead,
      Optional<URI> provider,
      Optional<Path> chromium) {
    this.own = own ? Optional.of(database) : Optional.empty();
    upstream = Sandbox.start(options);
    data = folder();
    config =
        new Config(
            0,
            "127.0.0.1",
            Optional.empty(),
            TrustedProxies.NONE,
            Optional.of(database.address()),
            Optional.of(database.owner()),
            false,
            data,
            data.resolve("audit-anchor"),
            kek,
            administrator,
            provider.orElseGet(upstream::baseUrl),
            new Config.Gateway(GatewayTimeouts.DEFAULT.statusHold(), false),
            true,
            chromium);
    InstantSource clock = () -> Instant.now().plus(ahead).truncatedTo(ChronoUnit.MICROS);
    try {
      app =
          App.start(
              config,
              new SystemServices(
                  clock, Delayer.real(), new SecureRandom(), CheapPasswords.get(), options));
    } catch (StartProblem e) {
      throw new IllegalStateException(e);
    }
  }

  /** Both sandbox providers answer immediately. */
  public static RunningApp start() {
    return start(SandboxOptions.instant());
  }

  /** Both sandbox providers have the latency of {@code options}. */
  public static RunningApp start(SandboxOptions options) {
    return start(options, BROWSER);
  }

  /** Does not run tools in a browser, which takes longer than the rest of a run. */
  public static RunningApp startWithoutBrowser(SandboxOptions options) {
    return start(options, Optional.empty());
  }

  private static RunningApp start(SandboxOptions options, Optional<Path> chromium) {
    var kek = new KekLocation.Value(TestPool.KEK);
    return new RunningApp(
        options,
        TestDatabase.create(),
        kek,
        Optional.empty(),
        true,
        Duration.ZERO,
        Optional.empty(),
        chromium);
  }

  /** An app with the administrator {@link WebApp#EMAIL}. */
  public static RunningApp withAdministrator() {
    return withAdministrator(Optional.empty());
  }

  /** With another server as the provider {@code openrouter}, and {@link WebApp#EMAIL}. */
  public static RunningApp withProvider(URI baseUrl) {
    return withAdministrator(Optional.of(baseUrl));
  }

  private static RunningApp withAdministrator(Optional<URI> provider) {
    return new RunningApp(
        SandboxOptions.instant(),
        TestDatabase.create(),
        new KekLocation.Value(TestPool.KEK),
        Optional.of(new FirstAdministrator(WebApp.EMAIL, WebApp.PASSWORD)),
        true,
        Duration.ZERO,
        provider,
        BROWSER);
  }

  /**
   * Uses a database that outlives the app, with the administrator {@link WebApp#EMAIL}, whom the
   * first start creates.
   */
  static RunningApp on(TestDatabase database, KekLocation kek) {
    return on(database, kek, Duration.ZERO);
  }

  /** On a database without users. */
  static RunningApp withoutAdministrator(TestDatabase database, KekLocation kek) {
    return new RunningApp(
        SandboxOptions.instant(),
        database,
        kek,
        Optional.empty(),
        false,
        Duration.ZERO,
        Optional.empty(),
        BROWSER);
  }

  /**
   * @param ahead how far this node's clock is ahead of the database's clock
   */
  static RunningApp on(TestDatabase database, KekLocation kek, Duration ahead) {
    var admin = new FirstAdministrator(WebApp.EMAIL, WebApp.PASSWORD);
    return new RunningApp(
        SandboxOptions.instant(),
        database,
        kek,
        Optional.of(admin),
        false,
        ahead,
        Optional.empty(),
        BROWSER);
  }

  /**
   * Like {@link #withAdministrator()}, for tests that need articles but no browser check of their
   * tools, for which Keywheel starts a browser. Closes the database.
   */
  public static RunningApp withoutBrowser(TestDatabase database) {
    return new RunningApp(
        SandboxOptions.instant(),
        database,
        new KekLocation.Value(TestPool.KEK),
        Optional.of(new FirstAdministrator(WebApp.EMAIL, WebApp.PASSWORD)),
        true,
        Duration.ZERO,
        Optional.empty(),
        Optional.empty());
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("keywheel");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Config config() {
    return config;
  }

  HttpBrowser browser() {
    return new HttpBrowser(app.address());
  }

  /** The server that is the provider {@code openrouter}. */
  public Sandbox upstream() {
    return upstream;
  }

  /** The app's database, for a state that no page can create. */
  public Database database() {
    return own.orElseThrow().database();
  }

  /** Executes a statement that the application's role may not execute. */
  public void asOwner(String sql) {
    own.orElseThrow().asOwner(sql);
  }

  public URI setupLink() {
    return app.setupLink().orElseThrow();
  }

  /** The base URL, without a slash at the end. */
  public String url() {
    return app.address().toString();
  }

  List<Routes.Route> routes() {
    return app.routes();
  }

  /** An HTTP client in which the administrator {@link WebApp#EMAIL} has signed in. */
  public HttpBrowser administrator() {
    var browser = new HttpBrowser(app.address());
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  /** The cookies of a browser in which the administrator {@link WebApp#EMAIL} has signed in. */
  public List<Cookie> cookies() {
    if (cookies.isEmpty()) {
      cookies = WebApp.cookies(url(), administrator().cookie("sid").orElseThrow());
    }
    return cookies;
  }

  /** Imports keys; the lines are written as in the form. */
  public void addKeys(String provider, List<String> lines) {
    var admin = administrator();
    var keys = String.join("\n", lines);
    var preview = admin.post("/keys/imports", "provider", provider, "keys", keys).location();
    assertThat(admin.post(preview + "/confirmation").status()).isEqualTo(303);
  }

  /** Generates an article with the keys of the sandbox, and returns its path. */
  public String generate(String topic) {
    var admin = administrator();
    var run = admin.post("/articles", "topic", topic, "provider", "sandbox").location();
    Await.until(
        () -> "the article is written: " + state(admin, run),
        () -> state(admin, run).startsWith("Completed"));
    return admin.get(run).page().select("a[href^=/articles/]").eachAttr("href").stream()
        .map(link -> link.replaceAll("^(/articles/[0-9a-f-]{36}).*|.*", "$1"))
        .filter(path -> !path.isEmpty())
        .findFirst()
        .orElseThrow();
  }

  /**
   * Copies an article with its runs and parts, for a test that changes it. The copy is the newest
   * article.
   *
   * @return its path
   */
  public String copy(String article) {
    var copy = UUID.randomUUID();
    asOwner(
        """
        create temporary table a as select * from articles where id = '%1$s';
        create temporary table r as select * from runs where article_id = '%1$s';
        create temporary table p as select * from parts where article_id = '%1$s';
        update a set id = '%2$s', created_at = now();
        update r set id = gen_random_uuid(), article_id = '%2$s', request_id = gen_random_uuid(),
          number = nextval(pg_get_serial_sequence('runs', 'number'));
        update p set id = gen_random_uuid(), article_id = '%2$s';
        insert into articles select * from a;
        insert into runs overriding system value select * from r;
        insert into parts select * from p;
        """
            .formatted(article.substring("/articles/".length()), copy));
    return "/articles/" + copy;
  }

  /** Ticks the claims of an article, except for the last one. */
  public void tickMostClaims(String article) {
    var claims = administrator().get(article).page().select(".claim-tick").eachAttr("value");
    var ticked = claims.subList(0, Math.max(0, claims.size() - 1)).toArray(String[]::new);
    var id = UUID.fromString(article.substring("/articles/".length()));
    database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(ARTICLES)
                    .set(ARTICLES.CHECKED_CLAIMS, ticked)
                    .where(ARTICLES.ID.eq(id))
                    .execute());
  }

  private static String state(HttpBrowser admin, String run) {
    return admin.get(run).page().select("[aria-label='Run state']").text();
  }

  @Override
  public void close() {
    app.close();
    upstream.close();
    own.ifPresent(TestDatabase::close);
    try {
      Files.deleteIfExists(config.auditAnchor());
      Files.deleteIfExists(data);
    } catch (IOException e) {
      // A process still uses the temporary folder; the operating system deletes it.
    }
  }
}
